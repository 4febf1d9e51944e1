/** What a run knows of its own source without a further forward pass: its pooled features are in memory for the head. */
import { asGraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { Plan } from '../contracts/plan.js';
import type { SourceScores } from '../contracts/ranking.js';
import { getBackbone } from '../learning/backbones/architecture.js';
import type { LabelledFeatures } from '../learning/training/index.js';
import { scoreFeatures, stratifiedSample, taskEmbedding } from '../learning/transferability/index.js';
import type { ActivityDependencies } from './dependencies.js';
import { isProbe, readScores } from './sourceScores.js';
import { rankingKey } from './rankingSample.js';
import { readSplits } from './splitImages.js';

/** Pictures looked at: as many as a ranking takes unless it is told otherwise, so that the scores can be compared. */
export const usualSample = 1_000;

/**
 * Scores the features a head is about to be trained on, for the record the run leaves behind (transferRecord.ts). They are
 * nobody's business but the record's: what goes wrong is logged.
 */
export async function keepHeadScores(
  dependencies: ActivityDependencies,
  plan: Plan,
  { features, labels }: LabelledFeatures,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { train } = await readSplits(dependencies, plan, signal);
    const indices = stratifiedSample(train, usualSample, plan.spec.seed);
    const [key, stage] = headKey(
      plan,
      indices.map((index) => train.at(index)),
    );
    if ((await readScores(dependencies, key)) !== undefined) return;
    // View 0 is the plain centre crop, as a ranking sees the picture.
    const batch = await features.batch(indices, new Int32Array(indices.length));
    const labelled = {
      features: batch.dataSync<'float32'>(),
      dimensions: features.shape[0] ?? 0,
      labels: indices.map((index) => labels[index]!),
    };
    batch.dispose();
    const scores: SourceScores = {
      format: 1,
      images: indices.length,
      stages: [{ stage, ...scoreFeatures(labelled), secondsPerImage: null }],
      embedding: isProbe(plan.backbone) ? taskEmbedding(labelled) : null,
    };
    await dependencies.store.putJson(objectKeys.ranking(key), scores);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const reason = asGraftworkError(thrown).message;
    dependencies.log.warn({ reason }, "the source's scores were not kept: the run's record will lack them");
  }
}

/** What `keepHeadScores` kept, or a ranking of the same pictures before the run. */
export async function readHeadScores(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  plan: Plan,
  signal: AbortSignal,
): Promise<SourceScores | undefined> {
  const { train } = await readSplits(dependencies, plan, signal);
  const sample = stratifiedSample(train, usualSample, plan.spec.seed).map((index) => train.at(index));
  const stages = getBackbone(plan.backbone.name).stages.map(({ name }) => name);
  const { backbone, input } = plan;
  const ranked = await readScores(dependencies, rankingKey({ images: sample, backbone, input, stages }));
  return ranked ?? readScores(dependencies, headKey(plan, sample)[0]);
}

/** Content key of the scores of the last stage alone, and that stage. */
function headKey(
  { backbone, input }: Plan,
  sample: Parameters<typeof rankingKey>[0]['images'],
): [key: string, stage: string] {
  const stage = getBackbone(backbone.name).stages.at(-1)!.name;
  return [rankingKey({ images: sample, backbone, input, stages: [stage] }), stage];
}
