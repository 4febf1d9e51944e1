/**
 * Shards that hold a picture's pixels or features. A shard's name is a digest of what went in, and nothing in it says which
 * pictures those were; plans do. So what stays is what some plan shows to be free of the picture, and everything else goes:
 * the plan's shards that hold it, and those no plan speaks of (of rankings' samples, of plans that were collected). All of it
 * can be made again.
 */
import pMap from 'p-map';
import type { Split } from '../../contracts/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/plan.js';
import type { ObjectStore } from '../objectStore.js';
import { possibleStageKeys } from '../stageKeys.js';
import { readStoredPlan } from '../storedPlan.js';
import { undefinedIfCorrupt } from '../undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../undefinedIfMissing.js';
import type { Change, ChangedKind } from './changes.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;
const planPattern = /^plans\/([0-9a-f]{64})\.json$/;

export interface ShardTraces {
  changes: Change[];
  /** Keys of the objects that are known to be free of the picture. */
  free: ReadonlySet<string>;
}

/** Places of the pictures in each version, by split. */
export type Places = ReadonlyMap<string, Record<Split, number[]>>;

export function placesOf(sightings: readonly Sighting[]): Places {
  const places = new Map<string, Record<Split, number[]>>();
  for (const { version, split, position } of sightings) {
    const inVersion = places.get(version) ?? { train: [], validation: [], test: [] };
    inVersion[split].push(position);
    places.set(version, inVersion);
  }
  return places;
}

/** A plan's objects, by whether they hold one of its version's pictures at these places. */
export function sortShards(
  plan: Pick<Plan, 'pixels' | 'features'>,
  places: Record<Split, readonly number[]> | undefined,
): { free: string[]; holding: string[] } {
  const sorted = { free: [] as string[], holding: [] as string[] };
  const sort = (key: string, { split, start, count }: Plan['pixels'][number] | Plan['features'][number]): void => {
    const holds = places?.[split].some((place) => place >= start && place < start + count) ?? false;
    sorted[holds ? 'holding' : 'free'].push(key);
  };
  for (const shard of plan.pixels) sort(objectKeys.pixels(shard.key), shard);
  for (const shard of plan.features) sort(objectKeys.features(shard.key), shard);
  return sorted;
}

/** @param sightings none: there is nothing to look for */
export async function findShardTraces(store: ObjectStore, sightings: readonly Sighting[]): Promise<ShardTraces> {
  const places = placesOf(sightings);
  const free = new Set<string>();
  const stages = new Set<string>();
  await pMap(
    store.list('plans/'),
    async ({ key }) => {
      const digest = planPattern.exec(key)?.[1];
      if (digest === undefined) return;
      // Of a plan that cannot be read nothing is known to be free.
      const plan = await readStoredPlan(store, digest).catch(undefinedIfMissing).catch(undefinedIfCorrupt);
      if (plan === undefined) return;
      const here = places.get(plan.datasetVersion);
      for (const shard of sortShards(plan, here).free) free.add(shard);
      // What was trained on the picture and is no registered model has nobody to answer for it.
      if (here !== undefined && here.train.length + here.validation.length > 0) {
        for (const stage of possibleStageKeys(plan)) stages.add(stage);
      }
    },
    { concurrency: readsAtOnce },
  );
  const changes: Change[] = [];
  const deleteFrom = async (kind: ChangedKind, prefix: string, goes: (key: string) => boolean): Promise<void> => {
    for await (const { key } of store.list(prefix)) if (goes(key)) changes.push({ kind, bucket: store.bucket, key });
  };
  if (sightings.length > 0) {
    await deleteFrom('pixels', 'pixels/', (key) => !free.has(key));
    await deleteFrom('features', 'features/', (key) => !free.has(key));
  }
  for (const stage of stages) await deleteFrom('checkpoints', objectKeys.checkpointFolder(stage), () => true);
  return { changes, free };
}
