/** What the networks look like, without TensorFlow: for code that plans, names or checks and computes nothing. */
export { adaptedLayers } from './adapters/adaptedLayers.js';
export { initialAdapters } from './adapters/initialAdapters.js';
export { adapterScale, adaptersOf, besideWeight, type Adapter } from './adapters/lowRank.js';
export { mergedAdapters } from './adapters/mergedAdapters.js';
export { type Backbone, type InputSpec } from './backbone.js';
export { classifierStage, isTrainable, type Layer, type ParameterKind, type ParameterSpec } from './declaration.js';
export {
  activationShape,
  classifierIn,
  classify,
  declareLayers,
  declareParameters,
  type Classifier,
  featureParameters,
  hasPositions,
} from './declare.js';
export { denseStages } from './denseStages.js';
export type { PackagedWeights, TimmNetwork } from './facts.js';
export { foldedLayer, type FoldedLayer } from './execution/foldedLayer.js';
export { licenceIdentifier } from './licence.js';
export { convolutionMargins, poolingMargins, sameMargins, type Margins } from './margins.js';
export type {
  Activation,
  Convolution,
  Dense,
  LayerNormalisation,
  ResponseNormalisation,
  LearnedTokens,
  Linear,
  LocalResponseNormalisation,
  Operations,
  Pooling,
  Positions,
  ResidualBranch,
  Rotation,
  Stage,
  TokenRange,
} from './operations.js';
export { isPooling, otherPools, pooledAs, scoredNames } from './pooledAs.js';
export type { NamedArray, NamedArrays } from './parameters.js';
export { gridOf, resampledPositions, rotation } from './positions.js';
export { layersBelowHead, residualBlocks, residualBranches, type BranchOfBlock } from './residualBlocks.js';
export { convolvedShape, kernelSize, pooledSize, type Shape, symmetricPadding } from './shapes.js';
export { stageIndex } from './stageIndex.js';
export { torchNetwork } from './torchNetwork.js';
export { endingAt, endingWith, wholeOf } from './truncated.js';
export type { Tuning } from './tuning.js';
export { workOfStages } from './workOfStages.js';
export { backboneNames, getBackbone } from './zoo.js';
export { unfrozen, type Unfrozen } from './unfreeze.js';
