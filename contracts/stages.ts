/** Which part of a run an activity belongs to, for logs, metrics and traces. */
import type { CpuActivities, GpuActivities } from './activities.js';

export type ActivityName = keyof CpuActivities | keyof GpuActivities;

/** `trainStage` learns its stage's own name (`head`, `fine-tune-1`) from the plan. */
export const stageOf: Record<ActivityName, string> = {
  checkSpec: 'check',
  ingestDataset: 'ingest',
  planRun: 'plan',
  preprocessShards: 'preprocess',
  registerModel: 'register',
  recordRun: 'record',
  planRanking: 'rank',
  preprocessSample: 'rank',
  weighRanking: 'rank',
  decideRun: 'choose',
  chooseAugmentation: 'augmentation',
  computeFeatures: 'features',
  trainStage: 'train',
  evaluateModel: 'evaluate',
  predictImages: 'predict',
  rankSource: 'rank',
  searchHeads: 'search',
  searchFineTunes: 'search',
  compareToProduction: 'promote',
  settlePromotion: 'promote',
  planRetraining: 'retrain',
  measureDrift: 'drift',
  recordRetraining: 'retrain',
  notify: 'notify',
};
