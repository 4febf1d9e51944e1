/** What forgetting does to single objects: found first, so that it can be reported before it is done, and found again after a kill. */
import pMap from 'p-map';
import type { ObjectStore } from '../objects/objectStore.js';

/** What changes, in the order in which it is reported. */
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
  /** Of the state that is deleted: what a person has put there since stays. Left out: whatever is there is deleted. */
  etag?: string;
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
  for (const change of deletions.filter(isPointer)) await remove(store, change);
  await pMap(
    deletions.filter((change) => !isPointer(change)),
    (change) => remove(store, change),
    { concurrency: atOnce },
  );
}

/** Not every store has a conditional deletion, so the state is looked at a moment before. */
async function remove(store: ObjectStore, { bucket, key, etag }: Change): Promise<void> {
  const at = store.at(bucket);
  if (etag !== undefined && (await at.head(key))?.etag !== etag) return;
  await at.delete(key);
}

export function countChanges(changes: readonly Change[]): ChangeCounts {
  const counts = Object.fromEntries(changedKinds.map((kind) => [kind, { deleted: 0, rewritten: 0 }])) as ChangeCounts;
  for (const { kind, rewrite } of changes) counts[kind][rewrite === undefined ? 'deleted' : 'rewritten'] += 1;
  return counts;
}
