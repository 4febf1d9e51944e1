export { computeFeatures, type FeatureArray, type FeatureOptions, type Features } from './computeFeatures.js';
export { encodeFeatures, locateFeatures, readFeatures, type StoredArray } from './featureFile.js';
export { FeaturesInMemory, type FeatureBlock, type FeatureSource } from './featureSource.js';
export { RecomputedFeatures, type RecomputeOptions } from './recomputedFeatures.js';
export { RowReader, type RowBlock } from './rowReader.js';
export {
  secondsPerImage,
  stageActivations,
  type StageActivationOptions,
  type StageActivations,
} from './stageActivations.js';
export { StoredFeatures, type StoredBlock } from './storedFeatures.js';
