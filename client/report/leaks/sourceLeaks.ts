/** Test pictures that the registered model a run started from had met before: its own training is the run's as well. */
import type { DatasetManifest } from '../../../contracts/data/dataset.js';
import { Datasets, isRetired } from '../../../storage/datasets/datasets.js';
import { ModelRegistry } from '../../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';
import { seenByModel } from '../../../storage/registry/seenByModel.js';

export interface SourceLeaks {
  /** As `name@version`. */
  model: string;
  /** Test pictures that it, or a model it was made from, was trained or validated on. */
  paths: ReadonlySet<string>;
  /** Whether there are no others: false where what one of them was trained on, or the run's own list, is gone. */
  isWhole: boolean;
}

/**
 * @param model as a plan's weights name it: `name@version`
 * @param manifest of the run's data set version
 * @param onGone called for ancestors of the model that could not be found
 * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_OBJECT_MISSING, GW_CORRUPT where the model or the run's own list is gone
 */
export async function sourceLeaks(
  store: ObjectStore,
  model: string,
  manifest: DatasetManifest,
  onGone: (message: string) => void,
): Promise<SourceLeaks> {
  const registry = new ModelRegistry(store);
  const { name, version } = await registry.resolve(model);
  // Of a retired version the test pictures that were forgotten cannot be looked for any more.
  let isWhole = !isRetired(manifest);
  const seen = await seenByModel(store, await registry.card(name, version), {
    onGone: (ancestor, reason) => {
      isWhole = false;
      onGone(`The training pictures of ${ancestor} are no longer known: ${reason}`);
    },
  });
  const paths = new Set<string>();
  for await (const { path, split, sha256 } of new Datasets(store).eachImage(manifest.version)) {
    if (split === 'test' && seen.has(sha256)) paths.add(path);
  }
  return { model, paths, isWhole };
}
