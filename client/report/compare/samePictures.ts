/** Which test pictures of two runs are the same ones. */
import { Datasets } from '../../../storage/datasets/datasets.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';
import { undefinedIfCorrupt } from '../../../storage/objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../../../storage/objects/undefinedIfMissing.js';
import type { RunFacts } from '../facts/runFacts.js';

/** For each run what its test pictures are, by path: the digest of their bytes. Pictures of one version are identified by path alone. */
export interface TestPictures {
  first: ReadonlyMap<string, string>;
  second: ReadonlyMap<string, string>;
}

/** @returns null where the two tests are of one data set version, so that paths say it all */
export async function testPictures(
  store: ObjectStore,
  first: RunFacts,
  second: RunFacts,
): Promise<TestPictures | null> {
  if (first.result.dataset?.version === second.result.dataset?.version) return null;
  return { first: await digests(store, first), second: await digests(store, second) };
}

async function digests(store: ObjectStore, { result, manifest, figures }: RunFacts): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (result.dataset === null || manifest === null || figures === null) return found;
  const collect = async (version: string): Promise<void> => {
    for await (const { path, split, sha256 } of new Datasets(store).eachImage(version)) {
      if (split === 'test') found.set(path, sha256);
    }
  };
  await collect(result.dataset.version).catch(undefinedIfCorrupt).catch(undefinedIfMissing);
  return found;
}
