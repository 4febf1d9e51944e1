export { decide, type Decision, type DecisionInput, type DecisionSource } from './decide.js';
export { untimed, type TimedStage } from './fitToTime.js';
