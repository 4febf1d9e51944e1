/** Files that stand in the place of weights: what a clone, a login page or a store that refuses leaves under their name. */
import { GraftworkError } from '../../contracts/errors.js';
import { isGitLfsPointer } from '../gitLfs.js';

/** @throws GraftworkError GW_WEIGHTS_REFUSED naming what the file is, for one that certainly holds no weights */
export function refuseNoWeights(file: Uint8Array, source: string): void {
  const found = whatElse(file);
  if (found === undefined) return;
  throw new GraftworkError('GW_WEIGHTS_REFUSED', `${source} does not contain weights: it is ${found.is}.`, {
    remedy: found.remedy,
  });
}

/** What the file certainly is instead of what its name says; undefined for one that may be that. */
export function whatElse(file: Uint8Array): { is: string; remedy: string } | undefined {
  if (file.byteLength === 0) return { is: 'empty', remedy: 'Fetch the file again.' };
  if (isGitLfsPointer(file)) {
    return {
      is: 'a Git LFS pointer',
      remedy: 'Run `git lfs pull` in the clone it comes from, or download the file itself. Then try again.',
    };
  }
  const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 1024)).toString('utf8').trimStart();
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(start)) {
    return {
      is: 'an HTML page',
      remedy: 'Give the address of the file itself, not of the page about it. Some pages ask for a login first.',
    };
  }
  if (/^(?:\ufeff)?<\?xml\b/i.test(start)) {
    return {
      is: 'an XML document',
      remedy: 'Read it, because it is often a message from the server. Give the address of the file itself.',
    };
  }
  return undefined;
}
