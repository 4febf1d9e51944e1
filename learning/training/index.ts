export { initialHead } from './initialHead.js';
export { reusedHead } from './reusedHead.js';
export type {
  BestEpoch,
  CheckpointStore,
  LabelledFeatures,
  StageInput,
  StageOutput,
  TrainingState,
} from './stageInput.js';
export { trainStage } from './trainStage.js';
