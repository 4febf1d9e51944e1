/**
 * Collects what nothing needs any more: mark, list, mark again, sweep. It may be killed at any instant and may run beside
 * training: nothing it takes away is missed, since a run finds what it needs by looking for it, and makes it when it is not
 * there. What a run only looks at, a result it reuses, it writes again; that is looked at once more just before.
 */
import pMap from 'p-map';
import { storedEvaluationSchema } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { garbageKinds, places, rewritten, type GarbageKind } from './garbagePlaces.js';
import { markNeeded, type Needed, type RunsInProgress } from './garbageRoots.js';
import type { ListedObject } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

export interface GarbageOptions {
  /** Asked twice: once before anything is listed, once before anything is deleted. */
  runsInProgress: () => Promise<RunsInProgress>;
  /** What is younger is kept. Milliseconds. */
  keepFor: number;
  /** Only say what would be deleted. */
  dryRun: boolean;
  /** @default Date.now() */
  now?: number;
}

export interface GarbageReport {
  dryRun: boolean;
  /** Objects and bytes that were removed, or would be, by kind. */
  removed: Record<GarbageKind, { objects: number; bytes: number }>;
  /** Number of multipart uploads that a killed process left behind. */
  unfinishedUploads: number;
  /** Number of objects in total. */
  objects: number;
  bytes: number;
}

/** Objects that stay or go together. */
interface Unit {
  name: string;
  keys: string[];
  bytes: number;
  modified: number;
}

/** The clocks of the store and of this machine may differ, and the store's has whole seconds. */
export const clockSlack = 2_000;
/** Milliseconds between an object's being written and its digest's being in the run's history. */
const longestActivity = 24 * 3_600_000;
const deletesAtOnce = 16;

/** @throws GraftworkError GW_CORRUPT (nothing is deleted then), GW_S3_… */
export async function collectGarbage(
  store: ObjectStore,
  { runsInProgress, keepFor, dryRun, now = Date.now() }: GarbageOptions,
): Promise<GarbageReport> {
  const runs = await runsInProgress();
  // What was written since the earliest run in progress began may be that run's, known to nobody else yet. Not for ever,
  // though: an activity reports to the run what it has made when it ends, and a run may be paused for months.
  const since = Math.max(runs.since ?? now, now - longestActivity);
  const keptSince = Math.min(now - keepFor, since) - clockSlack;
  const needed = await markNeeded(store, runs, keptSince);
  const found: { kind: GarbageKind; units: Unit[] }[] = [];
  for (const kind of garbageKinds) {
    const units = (await listUnits(store, kind)).filter(({ modified }) => modified < keptSince);
    found.push({ kind, units: await unneeded(store, kind, units, needed) });
  }

  const report: GarbageReport = { dryRun, removed: emptyCounts(), unfinishedUploads: 0, objects: 0, bytes: 0 };
  const runsNow = dryRun ? runs : await runsInProgress();
  const again = dryRun ? needed : await markNeeded(store, runsNow, keptSince);
  for (const { kind, units } of found) {
    // A run may be about to make the first version of a source that it draws as an old ledger says: it does not write that again.
    if (kind === 'splits' && runsNow.since !== undefined) continue;
    for (const unit of units) {
      if (again[kind].has(unit.name)) continue;
      if (!dryRun && !(await remove(store, kind, unit))) continue;
      const count = report.removed[kind];
      count.objects += unit.keys.length;
      count.bytes += unit.bytes;
      report.objects += unit.keys.length;
      report.bytes += unit.bytes;
    }
  }
  for await (const upload of store.unfinishedUploads()) {
    if (upload.begun >= keptSince || !isOurs(upload.key)) continue;
    if (!dryRun) await store.giveUpUpload(upload);
    report.unfinishedUploads += 1;
  }
  return report;
}

function isOurs(key: string): boolean {
  return Object.values(places).some(({ pattern }) => pattern.test(key));
}

async function listUnits(store: ObjectStore, kind: GarbageKind): Promise<Unit[]> {
  const { prefix, pattern } = places[kind];
  const found = new Map<string, ListedObject[]>();
  for await (const object of store.list(prefix)) {
    const name = pattern.exec(object.key)?.[1];
    if (name === undefined) continue;
    const objects = found.get(name) ?? [];
    found.set(name, objects);
    objects.push(object);
  }
  return [...found].flatMap(([name, all]) => {
    const objects = kind === 'predictions' ? withoutAnswers(name, all) : all;
    if (objects.length === 0) return [];
    return {
      name,
      keys: objects.map(({ key }) => key),
      bytes: objects.reduce((sum, { size }) => sum + size, 0),
      modified: objects.reduce((latest, { modified }) => Math.max(latest, modified), 0),
    };
  });
}

/** The answers of a prediction stay; what was asked goes, and so do the answers of one that never ended. */
function withoutAnswers(id: string, objects: ListedObject[]): ListedObject[] {
  const whole = objectKeys.predictionOutput(id);
  if (!objects.some(({ key }) => key === whole)) return objects;
  return objects.filter(({ key }) => key !== whole && !key.startsWith(objectKeys.predictionParts(id)));
}

async function unneeded(
  store: ObjectStore,
  kind: GarbageKind,
  units: readonly Unit[],
  needed: Needed,
): Promise<Unit[]> {
  const free = units.filter(({ name }) => !needed[kind].has(name));
  if (kind !== 'evaluations') return free;
  // The outcomes behind a registered model's figures stay as long as the model.
  const stay = await pMap(
    free,
    async ({ name }) => {
      const key = objectKeys.evaluation(name);
      const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
      return stored !== undefined && needed.models.has(stored.parameters.sha256);
    },
    { concurrency: deletesAtOnce },
  );
  return free.filter((_unit, index) => stay[index] !== true);
}

/** @returns false when the unit was written again meanwhile, so that it stays */
async function remove(store: ObjectStore, kind: GarbageKind, { name, keys, modified }: Unit): Promise<boolean> {
  const prefix = rewritten[kind]?.(name);
  if (prefix !== undefined) {
    for await (const object of store.list(prefix)) if (object.modified > modified) return false;
  }
  const isPointer = (key: string): boolean => key.endsWith('.json');
  for (const key of keys.filter(isPointer)) await store.delete(key);
  await pMap(
    keys.filter((key) => !isPointer(key)),
    (key) => store.delete(key),
    { concurrency: deletesAtOnce },
  );
  return true;
}

function emptyCounts(): GarbageReport['removed'] {
  return Object.fromEntries(garbageKinds.map((kind) => [kind, { objects: 0, bytes: 0 }])) as GarbageReport['removed'];
}
