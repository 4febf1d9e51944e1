/** A change to a version's manifest that is lost to nobody: written only where the manifest is still the one it was made from. */
import { datasetManifestSchema, type DatasetManifest } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { openSealedJson } from '../objects/storedJson.js';

/**
 * @param change the manifest as it shall be; itself, or undefined: it stays
 * @throws GraftworkError GW_CONFLICT (worth trying again) when somebody else changes it; GW_OBJECT_MISSING, GW_CORRUPT
 */
export async function amendManifest(
  store: ObjectStore,
  version: string,
  change: (manifest: DatasetManifest) => Promise<DatasetManifest | undefined>,
): Promise<void> {
  const key = objectKeys.datasetManifest(version);
  const etag = (await store.head(key))?.etag ?? '';
  const bytes = await store.get(key, { ifMatch: etag });
  const manifest = openSealedJson(key, bytes, datasetManifestSchema, store.uri(key));
  const changed = await change(manifest);
  if (changed !== undefined && changed !== manifest) await store.putJson(key, changed, { ifMatch: etag });
}
