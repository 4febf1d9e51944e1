/** Why a checkpoint is not used. */
import { GraftworkError } from '../../contracts/errors.js';

/** @param what the part that is missing here, as a clause */
export function notCovered(source: string, what: string): GraftworkError {
  return new GraftworkError('GW_BACKBONE_UNKNOWN', `${source} cannot be used: ${what}.`, {
    remedy: 'Choose a checkpoint of a network that docs/backbones.md lists.',
  });
}

/** @param reason as a clause */
export function badFile(source: string, reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `${source} cannot be read: ${reason}.`, {
    remedy: 'Look at the file there. A mirror may have damaged it, and another revision may be sound.',
  });
}

/** @param lie what the configuration says and the network or its weights do not, as a clause */
export function otherThanSaid(source: string, lie: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_MISMATCH', `${source} contradicts itself: ${lie}.`, {
    remedy: 'Choose another revision, or name the network and give its weights: `--set backbone.weights=<path>`.',
  });
}
