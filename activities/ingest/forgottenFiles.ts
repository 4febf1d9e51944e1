/** Pictures that were forgotten, and are still in the source. */
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { Inspections } from './inspections.js';

/** To be called when every file has been inspected: a picture is forgotten for its bytes, wherever they lie. */
export async function putForgottenAside(store: ObjectStore, inspections: Inspections): Promise<void> {
  const forgotten = await new Tombstones(store).digests();
  if (forgotten.size === 0) return;
  for (let file = 0; file < inspections.length; file += 1) {
    if (!inspections.isUsable(file) || !forgotten.has(inspections.sha256(file))) continue;
    inspections.set(file, { usable: false, reason: 'forgotten', detail: 'a person asked that it be forgotten' });
  }
}
