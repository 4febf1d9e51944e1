export { computeFeatures, type FeatureArray, type FeatureOptions, type Features } from './computeFeatures.js';
export { decodeFeatures, encodeFeatures } from './featureFile.js';
export { FeaturesInMemory, type FeatureBlock, type FeatureSource } from './featureSource.js';
export {
  secondsPerImage,
  stageActivations,
  type StageActivationOptions,
  type StageActivations,
} from './stageActivations.js';
