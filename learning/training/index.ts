export { initialHead } from './heads/initialHead.js';
export { reusedHead } from './heads/reusedHead.js';
export type {
  BestEpoch,
  CheckpointStore,
  LabelledFeatures,
  StageInput,
  StageOutput,
  TrainingState,
} from './stage/stageInput.js';
export { withTrained } from './stage/stageAdapters.js';
export { trainStage } from './trainStage.js';
