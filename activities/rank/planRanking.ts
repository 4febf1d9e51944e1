/** Which sources a ranking looks at: what is there without the network, what was named, and the models of similar tasks. */
import type { RankingPlan, RankingPlanInput } from '../../contracts/activities/choosingActivities.js';
import { asGraftworkError, GraftworkError, type ErrorCode } from '../../contracts/errors.js';
import type { Candidate, SkippedSource } from '../../contracts/models/ranking.js';
import { sourceText, type SourceName } from '../../contracts/spec/sources.js';
import { backboneNames, getBackbone, workOfStages } from '../../learning/backbones/architecture.js';
import { probe } from '../../learning/transferability/index.js';
import { weightsAtHand } from '../../learning/weights/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findWeights } from '../backbone/networkParameters.js';
import { inputSettings } from '../plan/inputSettings.js';
import { sizeTrouble } from '../plan/requireSize.js';
import { readSample } from './rankingSample.js';
import { registeredSources } from './registeredSources.js';
import { findBackbone } from '../backbone/sourceBackbone.js';

/** A source that is to be looked up, with what is known of it already. */
interface Wanted extends SourceName {
  sha256?: string;
  similarity?: number | null;
}

/** What stands in one source's way and no other's. */
const ownTrouble = new Set<ErrorCode>([
  'GW_WEIGHTS_NOT_FOUND',
  'GW_WEIGHTS_UNAVAILABLE',
  'GW_WEIGHTS_REFUSED',
  'GW_WEIGHTS_MISMATCH',
  'GW_CORRUPT',
  'GW_OBJECT_MISSING',
]);

/**
 * A source whose weights cannot be had is listed with the reason and the remedy.
 *
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND for a name that names nothing
 */
export async function planRanking(
  dependencies: ActivityDependencies,
  { request, dataset, embeddedBy, only }: RankingPlanInput,
  { signal }: { signal: AbortSignal },
): Promise<RankingPlan> {
  const { spec } = request;
  if (dataset.task === 'multi-label') throw multiLabel(spec.dataset.uri);
  const sampleOf = {
    datasetVersion: dataset.version,
    spec: { dataset: spec.dataset, seed: spec.seed },
    size: request.sample,
  };
  const sample = await readSample(dependencies, sampleOf, signal);
  const wanted: Wanted[] = only === 'probe' ? [{ name: probe }] : [...request.sources];
  const skipped: SkippedSource[] = [];
  let leftOut: string[] = [];
  if (only === 'all' && !request.only) {
    const zoo = await zooAtHand(dependencies);
    const models = await registeredSources(dependencies, sample, embeddedBy);
    wanted.push(...zoo.found, ...models.found);
    skipped.push(...zoo.skipped, ...models.skipped);
    leftOut = models.leftOut;
  }
  const candidates: Candidate[] = [];
  for (const source of wanted) {
    signal.throwIfAborted();
    try {
      const candidate = await lookUp(dependencies, source, spec.preprocess, signal);
      const trouble = sizeTrouble(getBackbone(candidate.name), candidate.input.crop);
      if (trouble !== undefined) {
        skipped.push({ source: candidate.checkpoint ?? sourceText(source), ...trouble });
        continue;
      }
      const same = candidates.some(({ name, sha256 }) => name === candidate.name && sha256 === candidate.sha256);
      if (!same) candidates.push(candidate);
    } catch (thrown) {
      const { code, message, remedy = '' } = asGraftworkError(thrown);
      if (!ownTrouble.has(code)) throw thrown;
      skipped.push({ source: sourceText(source), reason: message, remedy });
    }
  }
  const ranked = new Set(candidates.map(({ name }) => name));
  return {
    sample: sampleOf,
    pictures: sample.length,
    candidates,
    // Named with weights of its own, an architecture need not be excused for having none.
    skipped: skipped.filter(({ source }) => !ranked.has(source)),
    leftOut,
  };
}

/** Backbones whose published weights are on this machine. */
async function zooAtHand({ home }: ActivityDependencies): Promise<{ found: Wanted[]; skipped: SkippedSource[] }> {
  const found: Wanted[] = [];
  const skipped: SkippedSource[] = [];
  for (const name of backboneNames()) {
    const { weights } = getBackbone(name);
    const atHand = await weightsAtHand(getBackbone(name), undefined, home);
    if (atHand !== undefined) found.push({ name, ...atHand });
    else {
      const remedy =
        weights === undefined
          ? `Give a file: --sources ${name}=<path or address>.`
          : `Name it (--sources ${name}) to fetch its weights from ${weights}, or give a file: --sources ${name}=<path or address>.`;
      skipped.push({ source: name, reason: 'its weights are not on this machine', remedy });
    }
  }
  return { found, skipped };
}

async function lookUp(
  dependencies: ActivityDependencies,
  wanted: Wanted,
  preprocess: RankingPlanInput['request']['spec']['preprocess'],
  signal: AbortSignal,
): Promise<Candidate> {
  const { backbone, weights, input, model, checkpoint } = await findBackbone(dependencies, wanted);
  const found = await findWeights(dependencies, backbone, { weights, sha256: wanted.sha256 }, signal);
  const settings = inputSettings(input, preprocess);
  return {
    name: backbone.name,
    ...(weights === undefined ? {} : { weights }),
    // Weights of a person's own have no name on the hub.
    ...(checkpoint === null || wanted.weights !== undefined ? {} : { checkpoint: checkpoint.name }),
    sha256: found.sha256,
    license: found.licence === 'unknown' ? (checkpoint?.licence ?? 'unknown') : found.licence,
    input: settings,
    model,
    similarity: wanted.similarity ?? null,
    work: workOfStages(backbone, settings.crop).reduce((sum, stage) => sum + stage, 0),
  };
}

function multiLabel(uri: string): GraftworkError {
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `The pictures at ${uri} have any number of labels each: sources cannot be ranked on them.`,
    {
      remedy: 'Name a backbone, and leave out a budget: `--backbone resnet50`.',
    },
  );
}
