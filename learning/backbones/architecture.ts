/** What the networks look like, without TensorFlow: for whoever plans, names or checks and computes nothing. */
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
export { imagenetTop1 } from './imagenetTop1.js';
export type { Operations, Stage } from './operations.js';
export type { NamedArray, NamedArrays } from './parameters.js';
export { stageIndex } from './stageIndex.js';
export { endingAt } from './truncated.js';
export { backboneNames, getBackbone } from './zoo.js';
export { unfrozen, type Unfrozen } from './unfreeze.js';
