export type { LabelledFeatures } from './features.js';
export { logme } from './logme.js';
export { nearestNeighbourAccuracy } from './nearestNeighbours.js';
