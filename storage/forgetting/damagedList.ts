import type { DatasetManifest } from '../../contracts/data/dataset.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** A list of a version that is neither what it was nor what a forgetting makes of it. */
export function damagedList(store: ObjectStore, key: string, { version, uri }: DatasetManifest): GraftworkError {
  return new GraftworkError('GW_CORRUPT', `${store.uri(key)} is not the list that its manifest names.`, {
    remedy: [
      'If an earlier `datasets forget` was stopped, run it again for its picture first.',
      `Otherwise put the list back from a backup, or delete everything below ${store.uri(`datasets/${version}/`)}.`,
      `After that, a run on ${uri} writes the version again if nothing has changed there.`,
      'If something has changed, the next `datasets forget` removes what was made of the version.',
    ].join(' '),
  });
}
