export { findCheckpoint, requireLabels, type Checkpoint } from './findCheckpoint.js';
