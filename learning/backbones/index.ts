export { adaptedStatistics } from './adaptedStatistics.js';
export * from './architecture.js';
export { runStages } from './differentiable.js';
export { FoldedNetwork } from './folded.js';
export { toArray, toArrays, toTensor, toTensors, type NamedTensors } from './parameters.js';
export type { StageRange } from './stageRange.js';
