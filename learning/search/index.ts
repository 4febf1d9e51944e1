export { fineTuneOutcome } from './fineTuneOutcome.js';
export { ownSettings, withSettings } from './headCandidates.js';
export { headOutcome } from './headOutcome.js';
export { hasFineTunes, searchFineTunes } from './searchFineTunes.js';
export { searchHeads } from './searchHeads.js';
export { leastPictures } from './searchSettings.js';
