export { atHead, usedStages } from './attachedHead.js';
export { calibrate, type Calibration, type Experience, type ScoredSource } from './calibration.js';
export {
  architectureOf,
  backboneOf,
  chooseSource,
  suggestedDepth,
  whyLeader,
  whyPooled,
  type Constraints,
} from './chooseSource.js';
export type { LabelledFeatures } from './features.js';
export { linearAccuracy } from './linearAccuracy.js';
export { logme } from './logme.js';
export { inOrder, onImagenet } from './rankOrder.js';
// Not here, since they load TensorFlow, which the cpu pool does without: scoreFeatures.ts, nearestNeighbours.ts.
export { stratifiedSample, type SampledImage } from './stratifiedSample.js';
export { probe, similarity, taskEmbedding } from './taskEmbedding.js';
export { trainingCost, type TrainingPlan } from './trainingCost.js';
export { bestStage, clearlyBetterPooling, headStage, unfreezeFrom } from './unfreezeDepth.js';
export { worthFetching, type WorthFetching } from './worthFetching.js';
