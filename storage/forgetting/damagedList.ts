import type { DatasetManifest } from '../../contracts/dataset.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../objectStore.js';

/** A list of a version that is neither what it was nor what a forgetting makes of it. */
export function damagedList(store: ObjectStore, key: string, { version, uri }: DatasetManifest): GraftworkError {
  return new GraftworkError('GW_CORRUPT', `${store.uri(key)} is not the list its manifest names.`, {
    remedy: [
      'If the forgetting of another picture was stopped, name that one again first.',
      `Else put the list back from a backup, or delete everything below ${store.uri(`datasets/${version}/`)}: a run of ${uri} writes the`,
      'version anew if nothing has changed there; if not, what was made of it goes with the next picture that is forgotten.',
    ].join(' '),
  });
}
