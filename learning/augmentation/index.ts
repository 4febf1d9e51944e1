export { applyViews } from './applyViews.js';
export { testTimeView } from './testTimeViews.js';
export { centreView, viewParameters, type ViewParameters } from './viewParameters.js';
