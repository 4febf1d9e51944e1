/** What a run knows of its own source without a further forward pass: its pooled features are in memory for the head. */
import { setImmediate } from 'node:timers/promises';
import { asGraftworkError } from '../../contracts/errors.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { SourceScores } from '../../contracts/models/ranking.js';
import type { LabelledFeatures } from '../../learning/training/index.js';
import { stratifiedSample, taskEmbedding } from '../../learning/transferability/index.js';
import { scoreFeatures } from '../../learning/transferability/scoreFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { headKey, usualSample } from './headScores.js';
import type { StageFeatures } from '../features/loadFeatures.js';
import { isProbe, scoresPlace } from './sourceScores.js';
import { readSplits } from '../plan/splitImages.js';
import { findResult, keepResult } from '../shared/storedResults.js';

/**
 * Scores the features a head was trained on, for the record the run leaves behind (transferRecord.ts), unless that was done
 * before. They are nobody's business but the record's: what goes wrong is logged, and no failure.
 *
 * @param source the features, or what loads them when they are needed
 */
export async function keepHeadScores(
  dependencies: ActivityDependencies,
  plan: Plan,
  source: LabelledFeatures | (() => Promise<StageFeatures>),
  signal: AbortSignal,
): Promise<void> {
  try {
    const { train } = await readSplits(dependencies, plan, signal);
    const indices = stratifiedSample(train, usualSample, plan.spec.seed);
    const [key, stage] = headKey(
      plan,
      indices.map((index) => train.at(index)),
    );
    const place = scoresPlace(key);
    if ((await findResult(dependencies, place)) !== undefined) return;
    await using loaded = typeof source === 'function' ? await source() : owned(source);
    const { features, labels } = loaded.train;
    // View 0 is the plain centre crop, as a ranking sees the picture.
    const batch = await features.batch(indices, new Int32Array(indices.length));
    const labelled = {
      features: batch.dataSync<'float32'>(),
      dimensions: features.shape[0] ?? 0,
      labels: indices.map((index) => labels[index]!),
    };
    batch.dispose();
    const pause = async (): Promise<void> => {
      await setImmediate();
      signal.throwIfAborted();
    };
    const scores: SourceScores = {
      format: 1,
      images: indices.length,
      stages: [{ stage, ...(await scoreFeatures(labelled, pause)), secondsPerImage: null }],
      embedding: isProbe(plan.backbone) ? taskEmbedding(labelled) : null,
    };
    await keepResult(dependencies, place, scores);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const reason = asGraftworkError(thrown).message;
    dependencies.log.warn({ reason }, "the scores of the source were not kept: the run's record will lack them");
  }
}

/** Features that somebody else disposes of. */
function owned(train: LabelledFeatures): Pick<StageFeatures, 'train'> & AsyncDisposable {
  return { train, [Symbol.asyncDispose]: async () => undefined };
}
