export { adaptedStatistics } from './execution/adaptedStatistics.js';
export * from './architecture.js';
export { differentiableOperations, runStages } from './execution/differentiable.js';
export { FoldedNetwork } from './execution/folded.js';
export { toArray, toArrays, toTensor, toTensors, type NamedTensors } from './parameters.js';
export type { StageRange } from './execution/stageRange.js';
