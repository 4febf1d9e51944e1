export { type Backbone, type InputSpec } from './backbone.js';
export {
  activationShape,
  classifierStage,
  declareLayers,
  declareParameters,
  type Classifier,
  featureParameters,
  isTrainable,
  type Layer,
  type ParameterKind,
  type ParameterSpec,
  type Shape,
  workOfStages,
} from './declare.js';
export { adaptedStatistics } from './adaptedStatistics.js';
export { runStages } from './differentiable.js';
export { FoldedNetwork } from './folded.js';
export type { Operations, Stage } from './operations.js';
export {
  toArray,
  toArrays,
  toTensor,
  toTensors,
  type NamedArray,
  type NamedArrays,
  type NamedTensors,
} from './parameters.js';
export type { StageRange } from './stageRange.js';
export { unfrozen, type Unfrozen } from './unfreeze.js';
export { backboneNames, getBackbone, stageIndex } from './zoo.js';
