/**
 * `npm run parity -- <golden file> [--json] [--weights formula|published]`
 *
 * Compares every architecture of a golden file with the definitions here, forward or one training step, and prints the worst
 * deviation of each tensor, as a share of its standard deviation. Ends with 1 when any exceeds 1e-3. Files with the figures of a
 * method (trust.json, transferability.json) are compared by their own limits.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { backboneNames, getBackbone, type Backbone } from '../backbones/index.js';
import { sameNames } from '../backbones/facts.js';
import {
  compareWithGolden,
  computedParameters,
  goldenCaseSchema,
  tolerance,
  worstOf,
  type TensorDeviation,
} from './golden.js';
import { formulaParameters } from '../weights/index.js';
import { compareFigures } from './figureFiles.js';
import { compareWithPublished, publishedBackbone, publishedParameters } from './published.js';
import { compareWithTraining, trainingCaseSchema } from './trainingCase.js';

interface CaseResult {
  name: string;
  worst: number;
  tensors: TensorDeviation[];
}

/** Weights a case is about: computed from the parameters' names, or published ones. */
type Weights = 'formula' | 'published';

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, weights: { type: 'string' }, help: { type: 'boolean' } },
  });
  const [file] = positionals;
  const usage = 'npm run parity -- <golden file> [--json] [--weights formula|published]';
  if (values.help) {
    process.stdout.write(`${usage}\nExample: npm run parity -- ../shared/data/golden/architectures.json\n`);
    return;
  }
  if (file === undefined || positionals.length > 1 || !['formula', 'published', undefined].includes(values.weights)) {
    throw new GraftworkError('GW_USAGE', 'Give one golden file.', { remedy: `Usage: ${usage}` });
  }
  // npm changes into the package's folder; a person means paths from where they stand.
  const golden = path.resolve(process.env['INIT_CWD'] ?? process.cwd(), file);
  // Golden files of published weights are called so; everything else is about formula weights.
  const weights = (values.weights ?? (/weights/.test(path.basename(golden)) ? 'published' : 'formula')) as Weights;
  const { cases, tolerance } = await compareFile(golden, weights);
  const worst = Math.max(0, ...cases.map((result) => result.worst));
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ cases: cases.map(({ name, worst }) => ({ name, worst })), worst })}\n`);
  } else {
    for (const { name, tensors } of cases) {
      process.stdout.write(`${name}\n`);
      for (const { tensor, worst } of tensors) {
        process.stdout.write(
          `  ${tensor.padEnd(20)} ${worst.toExponential(1)}${worst > tolerance ? '  too far' : ''}\n`,
        );
      }
    }
    process.stdout.write(`worst ${worst.toExponential(1)}, allowed ${tolerance}\n`);
  }
  if (worst > tolerance) process.exitCode = 1;
}

async function compareFile(golden: string, weights: Weights): Promise<{ cases: CaseResult[]; tolerance: number }> {
  const content = await readJson(golden);
  const figures = await compareFigures(content);
  if (figures === undefined) return { cases: await compare(golden, content, weights), tolerance };
  const cases = figures.cases.map(({ name, tensors }) => ({ name, tensors, worst: worstOf(tensors) }));
  return { cases, tolerance: figures.tolerance };
}

async function compare(golden: string, content: unknown, weights: Weights): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [name, expected] of Object.entries(networksOf(golden, content))) {
    const backboneName = weights === 'published' ? publishedBackbone(name) : architectureNamed(name);
    if (!backboneNames().includes(backboneName.split(':')[0] as string)) {
      process.stderr.write(`${name}: skipped, there is no such backbone here\n`);
      continue;
    }
    const tensors = await deviations(getBackbone(backboneName), weights, { name, golden, expected });
    results.push({ name, tensors, worst: worstOf(tensors) });
  }
  if (results.length === 0) {
    throw new GraftworkError('GW_BACKBONE_UNKNOWN', `${golden} names no available backbone.`, {
      remedy: 'Cases are called as timm, torchvision or docs/backbones.md name the network.',
    });
  }
  return results;
}

/** The network that timm calls so. timm names weights behind a dot, and computed weights are the same for all of a network's. */
function architectureNamed(name: string): string {
  const names = backboneNames();
  if (names.includes(name.split(':')[0] as string)) return name;
  const [architecture] = name.split('.');
  const isSame = ({ timm }: Backbone): boolean =>
    typeof timm !== 'string' &&
    timm.architecture === architecture &&
    timm.names === sameNames &&
    Object.keys(timm.modelArguments).length === 0;
  return names.find((one) => isSame(getBackbone(one))) ?? name;
}

async function deviations(
  backbone: Backbone,
  weights: Weights,
  { name, golden, expected }: { name: string; golden: string; expected: Case },
): Promise<TensorDeviation[]> {
  if ('gradients' in expected) return compareWithTraining(backbone, formulaParameters(backbone), expected);
  if (weights === 'formula') return compareWithGolden(backbone, computedParameters(backbone, expected), expected);
  const beside = path.resolve(path.dirname(golden), '..', 'weights', `${name}.safetensors`);
  const home = path.resolve(process.env['GRAFTWORK_HOME'] ?? '.graftwork');
  return compareWithPublished(backbone, await publishedParameters(backbone, beside, home), expected);
}

/** A forward pass, or a training step. */
const fileSchema = z.record(z.string(), z.union([trainingCaseSchema, goldenCaseSchema]));
type Case = z.infer<typeof fileSchema>[string];

async function readJson(golden: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(golden, 'utf8');
  } catch (cause) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `The golden file ${golden} cannot be read.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notGolden(golden, cause);
  }
}

function networksOf(golden: string, content: unknown): Record<string, Case> {
  try {
    return fileSchema.parse(content);
  } catch (cause) {
    throw notGolden(golden, cause);
  }
}

function notGolden(golden: string, cause: unknown): GraftworkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GraftworkError('GW_USAGE', `${golden} is not a golden file: ${reason}`, { cause });
}

main().catch((error: unknown) => {
  const { message, remedy, exitCode } = asGraftworkError(error);
  process.stderr.write(`${message}\n${remedy === undefined ? '' : `${remedy}\n`}`);
  process.exitCode = exitCode;
});
