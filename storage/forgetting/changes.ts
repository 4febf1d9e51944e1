/** What forgetting does to single objects: found first, so that it can be told before it is done, and found again after a kill. */
import pMap from 'p-map';
import type { ObjectStore } from '../objectStore.js';

/** What changes, in the order in which it is told of. */
export const changedKinds = [
  'pixels',
  'features',
  'checkpoints',
  'trials',
  'rankings',
  'records',
  'evaluations',
  'predictions',
  'runs',
  'inspections',
  'uploads',
  'sources',
  'datasets',
] as const;
export type ChangedKind = (typeof changedKinds)[number];

export interface Change {
  kind: ChangedKind;
  /** Where the object lies that is deleted, or written anew without the picture. */
  bucket: string;
  key: string;
  /** Writes it without the picture; left out: the object is deleted. */
  rewrite?: () => Promise<unknown>;
}

export type ChangeCounts = Record<ChangedKind, { deleted: number; rewritten: number }>;

const atOnce = 16;

/** Rewrites in their order; then deletes, what refers to others before the others. Doing it twice does no harm. */
export async function applyChanges(store: ObjectStore, changes: readonly Change[]): Promise<void> {
  for (const { rewrite } of changes) await rewrite?.();
  const deletions = changes.filter(({ rewrite }) => rewrite === undefined);
  const isPointer = ({ key }: Change): boolean => key.endsWith('.json');
  for (const { bucket, key } of deletions.filter(isPointer)) await store.at(bucket).delete(key);
  await pMap(
    deletions.filter((change) => !isPointer(change)),
    ({ bucket, key }) => store.at(bucket).delete(key),
    { concurrency: atOnce },
  );
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const counts = Object.fromEntries(changedKinds.map((kind) => [kind, { deleted: 0, rewritten: 0 }])) as ChangeCounts;
  for (const { kind, rewrite } of changes) counts[kind][rewrite === undefined ? 'deleted' : 'rewritten'] += 1;
  return counts;
}
