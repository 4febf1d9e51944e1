/** Everything the workflow pool runs; the bundle is made from this file. */
export { shardBatch } from './fanOut.js';
export { transferLearning } from './transferLearning.js';
export { predictImages } from './predictImages.js';
export { rankSources } from './rankSources.js';
