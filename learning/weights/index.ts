export { announcedDigest } from './announced.js';
export { weightsAtHand, type WeightsAtHand } from './atHand.js';
export type { TransferProgress } from './download/download.js';
export { formulaInput, formulaNumbers, formulaParameters } from './formula.js';
export { parseWeightLocation, type WeightLocation } from './location.js';
export { namedArrays } from '../arrays/namedArrays.js';
export { selectParameters } from './naming.js';
export { resolveWeights, type ResolvedWeights, type ResolveWeightsOptions } from './resolveWeights.js';
export {
  asFloat32,
  readSafetensors,
  safetensorsPieces,
  writeSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  type TensorToWrite,
} from '../arrays/safetensors.js';
export { readTorchFile } from './torch/torchFile.js';
