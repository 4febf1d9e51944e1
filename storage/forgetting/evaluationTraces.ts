/**
 * Rows of evaluations: what a model said of the picture, with its path. Those behind a registered model's figures lose the
 * row and keep the rest; the figures stay what they were when the model was measured. Others go as a whole.
 */
import pMap from 'p-map';
import { storedEvaluationSchema, type TestOutcome } from '../../contracts/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ModelRegistry } from '../modelRegistry.js';
import type { ObjectStore } from '../objectStore.js';
import { undefinedIfCorrupt } from '../undefinedIfCorrupt.js';
import type { Change } from './changes.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;

export async function findEvaluationTraces(
  store: ObjectStore,
  {
    registry,
    sightings,
    versions,
  }: { registry: ModelRegistry; sightings: readonly Sighting[]; versions: ReadonlySet<string> },
): Promise<Change[]> {
  const pathsOf = new Map<string, Set<string>>();
  for (const { version, split, image } of sightings) {
    if (split !== 'test' || image === null) continue;
    pathsOf.set(version, (pathsOf.get(version) ?? new Set()).add(image.path));
  }
  if (pathsOf.size === 0) return [];
  const all = new Set([...pathsOf.values()].flatMap((paths) => [...paths]));
  /** By an evaluation's key, or by the digest of parameters where a card doesn't name it: what the model was measured on. */
  const measuredOn = new Map<string, string[]>();
  for await (const { keys, parameters, dataset } of registry.cards()) {
    const by = keys === undefined ? parameters.sha256 : objectKeys.evaluation(keys.evaluation);
    measuredOn.set(by, [...(measuredOn.get(by) ?? []), dataset.version]);
  }
  const changes: Change[] = [];
  await pMap(
    store.list('evaluations/'),
    async ({ key }) => {
      const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
      const registered = stored && (measuredOn.get(key) ?? measuredOn.get(stored.parameters.sha256));
      // What lay at a path in a version nobody knows (any more) nobody can tell: one path in common is enough.
      const known = registered?.every((version) => versions.has(version)) === true ? registered : undefined;
      const paths = known === undefined ? all : new Set(known.flatMap((version) => [...(pathsOf.get(version) ?? [])]));
      const isOther = ({ path }: TestOutcome): boolean => !paths.has(path);
      const outcomes = stored?.outcomes.filter(isOther);
      if (stored !== undefined && outcomes?.length === stored.outcomes.length) return;
      if (registered === undefined) changes.push({ kind: 'evaluations', bucket: store.bucket, key });
      else {
        const rewrite = () => store.putJson(key, { ...stored, outcomes });
        changes.push({ kind: 'evaluations', bucket: store.bucket, key, rewrite });
      }
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}
