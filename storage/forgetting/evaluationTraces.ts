/**
 * Rows of evaluations: what a model said of the picture, with its path. Those behind a registered model's figures lose the
 * row and keep the rest; the figures stay what they were when the model was measured. Others go as a whole.
 */
import pMap from 'p-map';
import { storedEvaluationSchema, type TestOutcome } from '../../contracts/evaluation.js';
import type { ModelRegistry } from '../modelRegistry.js';
import type { ObjectStore } from '../objectStore.js';
import { undefinedIfCorrupt } from '../undefinedIfCorrupt.js';
import type { Change } from './changes.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;

export async function findEvaluationTraces(
  store: ObjectStore,
  registry: ModelRegistry,
  sightings: readonly Sighting[],
): Promise<Change[]> {
  const pathsOf = new Map<string, Set<string>>();
  for (const { version, split, image } of sightings) {
    if (split !== 'test' || image === null) continue;
    pathsOf.set(version, (pathsOf.get(version) ?? new Set()).add(image.path));
  }
  if (pathsOf.size === 0) return [];
  /** By the digest of parameters: the versions that models with these parameters were measured on. */
  const versionsOf = new Map<string, string[]>();
  for await (const { parameters, dataset } of registry.cards()) {
    versionsOf.set(parameters.sha256, [...(versionsOf.get(parameters.sha256) ?? []), dataset.version]);
  }
  const all = [...pathsOf.keys()];
  const changes: Change[] = [];
  await pMap(
    store.list('evaluations/'),
    async ({ key }) => {
      const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
      const registered = stored && versionsOf.get(stored.parameters.sha256);
      // Of what no model vouches for, or cannot be read, the version is not known: one path in common is enough.
      const paths = new Set((registered ?? all).flatMap((version) => [...(pathsOf.get(version) ?? [])]));
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
