export { ownSettings, withSettings } from './headCandidates.js';
export { headOutcome, type HeadOutcome } from './headOutcome.js';
export { searchHeads, settingsText, type HeadsFound } from './searchHeads.js';
