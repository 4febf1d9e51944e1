/**
 * What was computed of a picture: shards that hold its pixels or features, checkpoints of training on it. Their names are
 * digests of what went in, and nothing in them says which pictures those were; plans do. So what stays is what some plan shows
 * to be free of the picture, and everything else goes: what the plans say it is in, and what no plan speaks of (shards of
 * rankings' samples; stages that ended early, whose name depends on the run; what is left of plans that were collected). All
 * of it can be made again.
 */
import pMap from 'p-map';
import type { Split } from '../../contracts/data/dataset.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { possibleStageKeys } from '../checkpoints/stageKeys.js';
import { readStoredPlan } from '../checkpoints/storedPlan.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';
import type { Change } from './changes.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;
const planPattern = /^plans\/([0-9a-f]{64})\.json$/;
const checkpointPattern = /^checkpoints\/([^/]+)\//;

/** Whether the object of that key, and each copy of it, is known to be free of the picture. */
export type IsFree = (key: string) => boolean;

export interface ShardTraces {
  changes: Change[];
  isFree: IsFree;
}

export interface ShardSearch {
  /** At least one. */
  sightings: readonly Sighting[];
  /** Every version there is: of another one nobody can say what is in it. */
  versions: ReadonlySet<string>;
  /**
   * Digests that runs in progress speak of, none of which needs the picture. Asked when all that may go has been listed: a
   * stage that was ended early is known to its run alone.
   */
  inUse: () => Promise<ReadonlySet<string>>;
}

export async function findShardTraces(
  store: ObjectStore,
  { sightings, versions, inUse }: ShardSearch,
): Promise<ShardTraces> {
  const places = placesOf(sightings);
  const isTrainedOn = sightings.some(({ split }) => split !== 'test');
  // Listed before the plans: those were written before anything that was made by them.
  const listed: Omit<Change, 'rewrite'>[] = [];
  for (const kind of ['pixels', 'features', 'checkpoints'] as const) {
    for await (const { key } of store.list(`${kind}/`)) listed.push({ kind, bucket: store.bucket, key });
  }
  const freeShards = new Set<string>();
  const freeStages = new Set(await inUse());
  await pMap(
    store.list('plans/'),
    async ({ key }) => {
      const digest = planPattern.exec(key)?.[1];
      if (digest === undefined) return;
      // Of a plan that cannot be read nothing is known to be free.
      const plan = await readStoredPlan(store, digest).catch(undefinedIfMissing).catch(undefinedIfCorrupt);
      if (plan === undefined || !versions.has(plan.datasetVersion)) return;
      const here = places.get(plan.datasetVersion);
      for (const shard of shardsWithout(plan, here)) freeShards.add(shard);
      if (here !== undefined && here.train.length + here.validation.length > 0) return;
      for (const stage of possibleStageKeys(plan)) freeStages.add(stage);
    },
    { concurrency: readsAtOnce },
  );
  const isFree: IsFree = (key) => {
    const stage = checkpointPattern.exec(key)?.[1];
    return stage === undefined ? freeShards.has(key) : !isTrainedOn || freeStages.has(stage);
  };
  return { changes: listed.filter(({ key }) => !isFree(key)), isFree };
}

type Places = Record<Split, number[]>;

/** Places of the pictures in each version, by split. */
function placesOf(sightings: readonly Sighting[]): Map<string, Places> {
  const places = new Map<string, Places>();
  for (const { version, split, position } of sightings) {
    const inVersion = places.get(version) ?? { train: [], validation: [], test: [] };
    inVersion[split].push(position);
    places.set(version, inVersion);
  }
  return places;
}

/** Keys of a plan's shards that hold none of its version's pictures at these places. */
function shardsWithout({ pixels, features }: Pick<Plan, 'pixels' | 'features'>, places: Places | undefined): string[] {
  const isWithout = ({ split, start, count }: Plan['pixels'][number] | Plan['features'][number]): boolean =>
    places?.[split].some((place) => place >= start && place < start + count) !== true;
  return [
    ...pixels.filter(isWithout).map(({ key }) => objectKeys.pixels(key)),
    ...features.filter(isWithout).map(({ key }) => objectKeys.features(key)),
  ];
}
