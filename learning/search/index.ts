export { chooseBalancing, isUneven } from './chooseBalancing.js';
export { fineTuneOutcome } from './fineTuneOutcome.js';
export { foldOutcomes } from './foldOutcomes.js';
export { ownSettings } from './headCandidates.js';
export { headInFolds } from './headInFolds.js';
export { headOutcome } from './headOutcome.js';
export { hasFineTunes, searchFineTunes, trainingOfTrial } from './searchFineTunes.js';
export { headOfTrial, searchHeads } from './searchHeads.js';
export { leastPictures, type Attempt } from './searchSettings.js';
