/** Where the scores of a run's own source lie, and how they are read. Without TensorFlow: the cpu pool asks for them. */
import { computedIn } from '../../contracts/spec/computeSpec.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { SourceScores } from '../../contracts/models/ranking.js';
import { getBackbone, scoredNames } from '../../learning/backbones/architecture.js';
import { stratifiedSample } from '../../learning/transferability/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { readScores } from './sourceScores.js';
import { rankingKey } from './rankingSample.js';
import { readSplits } from '../plan/splitImages.js';

/** Pictures looked at: the default of a ranking, so that the scores can be compared. */
export const usualSample = 1_000;

/** What `keepHeadScores` kept, or a ranking of the same pictures before the run. */
export async function readHeadScores(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  plan: Plan,
  signal: AbortSignal,
): Promise<SourceScores | undefined> {
  const { train } = await readSplits(dependencies, plan, signal);
  const sample = stratifiedSample(train, usualSample, plan.spec.seed).map((index) => train.at(index));
  const stages = scoredNames(getBackbone(plan.backbone.name));
  const { backbone, input } = plan;
  const ranked = await readScores(dependencies, rankingKey({ images: sample, backbone, input, stages }));
  return ranked ?? readScores(dependencies, headKey(plan, sample)[0]);
}

/** Content key of the scores of the last stage alone, and that stage. */
export function headKey(
  { backbone, input, spec }: Plan,
  sample: Parameters<typeof rankingKey>[0]['images'],
): [key: string, stage: string] {
  const stage = getBackbone(backbone.name).stages.at(-1)!.name;
  return [rankingKey({ images: sample, backbone, input, stages: [stage], ...computedIn(spec) }), stage];
}
