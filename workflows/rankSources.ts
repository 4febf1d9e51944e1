/** Relation transfer: every candidate source looks at a sample, and the scores decide where to start from. */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { RankingPlan, RankingPlanInput, WeighRankingInput } from '../contracts/activities/choosingActivities.js';
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { SerializedError } from '../contracts/errors.js';
import type { Candidate, RankReport, RankRequest, SkippedSource } from '../contracts/models/ranking.js';
import { sourceText } from '../contracts/spec/sources/sources.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { persistently } from './persistently.js';

export type Ranked = WeighRankingInput['ranked'][number];
type Outcome = { ranked: Ranked } | { skipped: SkippedSource };

/**
 * Ranks sources for a task. Nothing is trained; each source's scores lie at a content key, so that a retry or the same
 * question again computes nothing.
 *
 * @throws ApplicationFailure whose type is an error code of contracts/errors.ts. A source whose weights cannot be had is no
 * error, it is listed in the report.
 */
export async function rankSources(request: RankRequest): Promise<RankReport> {
  const { spec } = request;
  const dataset = await persistently(() =>
    shardWork.ingestDataset.executeWithOptions({ summary: spec.dataset.uri }, [
      { dataset: spec.dataset, seed: spec.seed },
    ]),
  );
  return rankDataset(request, dataset);
}

/** A ranking of a dataset version, all sources at once. */
export async function rankDataset(request: RankRequest, dataset: DatasetReference): Promise<RankReport> {
  // The fixed network comes first: what the task looks like to it shows which earlier tasks are similar.
  const probed = await rankAll(await planRanking(request, dataset, 'probe', null));
  const embeddedBy = probed.ranked[0]?.key ?? null;
  const all = await planRanking(request, dataset, 'all', embeddedBy);
  const others = await rankAll(all);
  return weigh({
    request,
    dataset,
    pictures: all.pictures,
    ranked: others.ranked.map((one) => probed.ranked.find(({ key }) => key === one.key) ?? one),
    skipped: [...all.skipped, ...others.skipped],
    leftOut: all.leftOut,
    embeddedBy,
  });
}

/** What the scores say, in the light of earlier runs. */
export function weigh(input: WeighRankingInput): Promise<RankReport> {
  return persistently(() =>
    quick.weighRanking.executeWithOptions({ summary: `${input.ranked.length} sources` }, [input]),
  );
}

export function planRanking(
  request: RankRequest,
  dataset: DatasetReference,
  only: RankingPlanInput['only'],
  embeddedBy: string | null,
): Promise<RankingPlan> {
  return persistently(() => shardWork.planRanking({ request, dataset, only, embeddedBy }));
}

/** Pictures are prepared once for all sources that take them alike. */
export async function rankAll({ sample, candidates }: RankingPlan): Promise<{
  ranked: Ranked[];
  skipped: SkippedSource[];
}> {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { resize, crop, store, interpolation, fit, fill, range } = candidate.input;
    const key = JSON.stringify([resize, crop, store, interpolation, fit, fill, range]);
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  const outcomes = await Promise.all([...groups.values()].map((group) => rankGroup(sample, group)));
  const found = outcomes.flat();
  const order = candidates.map(sourceText);
  const ranked = found.flatMap((outcome) => ('ranked' in outcome ? [outcome.ranked] : []));
  return {
    ranked: ranked.sort((a, b) => order.indexOf(sourceText(a.candidate)) - order.indexOf(sourceText(b.candidate))),
    skipped: found.flatMap((outcome) => ('skipped' in outcome ? [outcome.skipped] : [])),
  };
}

/** Sources that take pictures alike. */
export async function rankGroup(
  sample: RankingPlan['sample'],
  [first, ...rest]: readonly Candidate[],
): Promise<Outcome[]> {
  if (first === undefined) return [];
  const { input } = first;
  const summary = `${input.crop} of ${input.resize} pixels`;
  await persistently(() => shardWork.preprocessSample.executeWithOptions({ summary }, [{ sample, input }]));
  return Promise.all([first, ...rest].map((candidate) => rankOne(sample, candidate)));
}

async function rankOne(sample: RankingPlan['sample'], candidate: Candidate): Promise<Outcome> {
  const source = sourceText(candidate);
  try {
    const output = await persistently((halvings) =>
      engineWork.rankSource.executeWithOptions({ summary: source }, [{ sample, candidate, halvings }]),
    );
    return { ranked: { candidate, ...output } };
  } catch (thrown) {
    const error = weightsTrouble(thrown);
    if (error === undefined) throw thrown;
    return { skipped: { source, reason: error.message, remedy: error.remedy ?? '' } };
  }
}

/** Weights that were found when the ranking was planned, but not by the worker that was to use them. */
function weightsTrouble(thrown: unknown): SerializedError | undefined {
  if (!(thrown instanceof ActivityFailure) || !(thrown.cause instanceof ApplicationFailure)) return undefined;
  const [error] = (thrown.cause.details ?? []) as unknown as [SerializedError?];
  return error?.code.startsWith('GW_WEIGHTS_') === true ? error : undefined;
}
