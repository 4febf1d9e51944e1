/**
 * `npm run parity -- <golden file> [--json] [--weights formula|published]`
 *
 * Compares every architecture of a golden file with the definitions here and prints the worst deviation of each
 * tensor, as a share of its standard deviation. Ends with 1 when any exceeds 1e-3.
 */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { backboneNames, getBackbone, type Backbone, type NamedArrays } from '../backbones/index.js';
import { compareWithGolden, goldenFileSchema, type TensorDeviation } from './golden.js';
import { float16ToFloat32, float32ToFloat16 } from '../arrays/halfPrecision.js';
import { formulaParameters, resolveWeights } from '../weights/index.js';

const tolerance = 1e-3;

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
  const cases = await compare(golden, weights);
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

async function compare(golden: string, weights: Weights): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [name, expected] of Object.entries(await readGolden(golden))) {
    const backboneName = weights === 'published' ? (publishedVariants[name] ?? name) : name;
    if (!backboneNames().includes(backboneName)) {
      process.stderr.write(`${name}: skipped, there is no such backbone here\n`);
      continue;
    }
    const backbone = getBackbone(backboneName);
    const result = (parameters: NamedArrays): CaseResult => {
      const tensors = compareWithGolden(backbone, parameters, expected);
      return { name, tensors, worst: Math.max(...tensors.map(({ worst }) => worst)) };
    };
    if (weights === 'formula') {
      results.push(result(formulaParameters(backbone)));
      continue;
    }
    // Published files go round in float32 and in float16, and a golden file does not say which it was made from.
    const parameters = await publishedParameters(name, backbone, golden);
    const exact = result(parameters);
    const half = exact.worst > tolerance ? result(inHalfPrecision(parameters)) : exact;
    results.push(half.worst < exact.worst ? half : exact);
  }
  if (results.length === 0) {
    throw new GraftworkError('GW_BACKBONE_UNKNOWN', `${golden} names no available backbone.`, {
      remedy: `Available backbones: ${backboneNames().join(', ')}.`,
    });
  }
  return results;
}

/** Published files whose network differs from the one their name stands for elsewhere. */
const publishedVariants: Readonly<Record<string, string>> = {
  mobilenet_v2: 'tf_mobilenet_v2',
  'mobilenet_v2.expand_first.features': 'mobilenet_v2_expand_first',
};

function inHalfPrecision(parameters: NamedArrays): NamedArrays {
  return new Map(
    [...parameters].map(([name, { shape, data }]) => [name, { shape, data: float16ToFloat32(float32ToFloat16(data)) }]),
  );
}

async function readGolden(golden: string): Promise<ReturnType<typeof goldenFileSchema.parse>> {
  let text: string;
  try {
    text = await readFile(golden, 'utf8');
  } catch (cause) {
    throw new GraftworkError('GW_SOURCE_NOT_FOUND', `The golden file ${golden} cannot be read.`, { cause });
  }
  try {
    return goldenFileSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GraftworkError('GW_USAGE', `${golden} is not a golden file: ${reason}`, { cause });
  }
}

/** The package that setup fetched where a backbone has one, else the file of that name beside the golden folder. */
async function publishedParameters(name: string, backbone: Backbone, golden: string): Promise<NamedArrays> {
  const beside = path.resolve(path.dirname(golden), '..', 'weights', `${name}.safetensors`);
  const hasFile = await access(beside).then(
    () => true,
    () => false,
  );
  const usesPackage = (backbone.weights?.startsWith('package:') ?? false) || !hasFile;
  const { parameters } = await resolveWeights({
    backbone,
    home: path.resolve(process.env['GRAFTWORK_HOME'] ?? '.graftwork'),
    ...(usesPackage ? {} : { source: beside }),
  });
  return parameters;
}

main().catch((error: unknown) => {
  const { message, remedy, exitCode } = asGraftworkError(error);
  process.stderr.write(`${message}\n${remedy === undefined ? '' : `${remedy}\n`}`);
  process.exitCode = exitCode;
});
