export { applyViews } from './applyViews.js';
export { centreView, viewParameters, type ViewParameters } from './viewParameters.js';
