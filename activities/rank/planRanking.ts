/**
 * Which sources a ranking looks at: what is there without the network, what was named, the models of similar tasks, and, where
 * that is allowed, what the hub offers.
 */
import type { RankingPlan, RankingPlanInput } from '../../contracts/activities/choosingActivities.js';
import { asGraftworkError, type ErrorCode, type GraftworkError } from '../../contracts/errors.js';
import type { Candidate, SkippedSource } from '../../contracts/models/ranking.js';
import { sourceText, type SourceName } from '../../contracts/spec/sources/sources.js';
import { getBackbone, workOfStages } from '../../learning/backbones/architecture.js';
import { probe } from '../../learning/transferability/index.js';
import { announcedDigest } from '../../learning/weights/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findWeights } from '../backbone/networkParameters.js';
import { inputSettings } from '../plan/inputSettings.js';
import { sizeTrouble } from '../plan/requireSize.js';
import { readSample } from './rankingSample.js';
import { registeredSources } from './registeredSources.js';
import { findBackbone } from '../backbone/sourceBackbone.js';
import { zooSources } from './zooSources.js';

/** A source that is to be looked up, with what is known of it already. */
interface Wanted extends SourceName {
  sha256?: string;
  similarity?: number | null;
  /** Whether its weights are fetched when it is ranked. */
  isOffered?: boolean;
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
  const sampleOf = {
    datasetVersion: dataset.version,
    spec: { dataset: spec.dataset, seed: spec.seed },
    size: request.sample,
  };
  const { images } = await readSample(dependencies, sampleOf, signal);
  const wanted: Wanted[] = only === 'probe' ? [{ name: probe }] : [...request.sources];
  const skipped: SkippedSource[] = [];
  let leftOut: string[] = [];
  if (only === 'all' && !request.only) {
    const named = request.sources.map(({ name }) => name);
    const zoo = await zooSources(dependencies.home, spec, named);
    const models = await registeredSources(dependencies, images, embeddedBy);
    wanted.push(...zoo.found, ...models.found, ...zoo.offered.map((name) => ({ name, isOffered: true })));
    skipped.push(...zoo.skipped, ...models.skipped);
    leftOut = models.leftOut;
  }
  const candidates: Candidate[] = [];
  let unreachable: Omit<SkippedSource, 'source'> | undefined;
  for (const source of wanted) {
    signal.throwIfAborted();
    if (source.isOffered === true && unreachable !== undefined) {
      skipped.push({ source: source.name, ...unreachable });
      continue;
    }
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
      const error = asGraftworkError(thrown);
      if (!ownTrouble.has(error.code)) throw thrown;
      // What one network shows of the hub holds for the others.
      if (source.isOffered === true && error.code === 'GW_WEIGHTS_UNAVAILABLE') unreachable = away(error);
      skipped.push({
        source: sourceText(source),
        ...(unreachable ?? { reason: error.message, remedy: error.remedy ?? '' }),
      });
    }
  }
  const ranked = new Set(candidates.map(({ name }) => name));
  return {
    sample: sampleOf,
    pictures: images.length,
    candidates,
    // Named with weights of its own, an architecture need not be excused for having none.
    skipped: skipped.filter(({ source }) => !ranked.has(source)),
    leftOut,
  };
}

function away({ message, remedy = '' }: GraftworkError): Omit<SkippedSource, 'source'> {
  return { reason: `the hub cannot be reached: ${message}`, remedy };
}

async function lookUp(
  dependencies: ActivityDependencies,
  wanted: Wanted,
  preprocess: RankingPlanInput['request']['spec']['preprocess'],
  signal: AbortSignal,
): Promise<Candidate> {
  const { backbone, weights, input, model, checkpoint } = await findBackbone(dependencies, wanted);
  const announced =
    wanted.isOffered === true ? await announcedDigest(backbone, { home: dependencies.home, signal }) : undefined;
  // A source that does not say what its file will be has to be read.
  const found =
    announced === undefined
      ? await findWeights(dependencies, backbone, { weights, sha256: wanted.sha256 }, signal)
      : { sha256: announced, licence: backbone.licence };
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
