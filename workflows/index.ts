/** Everything the workflow pool runs; the bundle is made from this file. */
export { shardBatch } from './fanOut.js';
export { awaitApproval } from './awaitApproval.js';
export { retrain } from './retrain.js';
export { transferLearning } from './transferLearning.js';
export { evaluateOnSource } from './evaluateOnSource.js';
export { predictImages } from './predictImages.js';
export { reviewSource } from './reviewSource.js';
export { rankSources } from './rankSources.js';
