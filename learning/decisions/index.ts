export { decide, type Decision } from './decide.js';
export type { DecisionInput, DecisionSource } from './options.js';
export { untimed, type TimedStage } from './fitToTime.js';
