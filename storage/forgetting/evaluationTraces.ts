/**
 * Rows of evaluations: what a model said of the picture, with its path. Those behind a registered model's figures lose the
 * row and keep the rest; the figures stay what they were when the model was measured. Others go as a whole.
 */
import pMap from 'p-map';
import { evaluationPartSchema, storedEvaluationSchema } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { evaluationAt } from '../registry/evaluations.js';
import type { ModelRegistry } from '../registry/modelRegistry.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
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
  const changes = await pMap(
    await keysByEvaluation(store),
    async ([name, keys]): Promise<Change[]> => {
      const touched: Change[] = [];
      for (const key of keys) {
        const object = await readOutcomes(store, key);
        const registered = object && (measuredOn.get(objectKeys.evaluation(name)) ?? measuredOn.get(object.parameters));
        // What lay at a path in a version that is not known (any more) is unknown: one path in common is enough.
        const known = registered?.every((version) => versions.has(version)) === true ? registered : undefined;
        const paths =
          known === undefined ? all : new Set(known.flatMap((version) => [...(pathsOf.get(version) ?? [])]));
        const change: Change = { kind: 'evaluations', bucket: store.bucket, key };
        if (object === undefined) touched.push(change);
        else if (!object.paths.some((path) => paths.has(path))) continue;
        else if (registered === undefined) return keys.map((one) => ({ ...change, key: one }));
        else touched.push({ ...change, rewrite: () => object.without(paths) });
      }
      return touched;
    },
    { concurrency: readsAtOnce },
  );
  return changes.flat();
}

/** Objects of each evaluation: the summary, where there is one, and the parts. */
async function keysByEvaluation(store: ObjectStore): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for await (const { key } of store.list('evaluations/')) {
    const name = evaluationAt(key)?.name;
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), key]);
  }
  return found;
}

interface OutcomesOfObject {
  /** Digest of the model's parameters. */
  parameters: string;
  /** Of the pictures whose outcomes this very object holds. */
  paths: string[];
  /** Writes it without the outcomes of these pictures. */
  without: (paths: ReadonlySet<string>) => Promise<unknown>;
}

/** @returns undefined for an object that cannot be read */
async function readOutcomes(store: ObjectStore, key: string): Promise<OutcomesOfObject | undefined> {
  if (evaluationAt(key)?.start !== undefined) {
    const part = await store.getJsonIfPresent(key, evaluationPartSchema).catch(undefinedIfCorrupt);
    return part && rewritable(store, key, part, part.parameters);
  }
  const stored = await store.getJsonIfPresent(key, storedEvaluationSchema).catch(undefinedIfCorrupt);
  if (stored?.format === 1) return rewritable(store, key, stored, stored.parameters.sha256);
  return stored && { parameters: stored.parameters.sha256, paths: [], without: () => Promise.resolve() };
}

function rewritable<T extends { outcomes: { path: string }[] }>(
  store: ObjectStore,
  key: string,
  stored: T,
  parameters: string,
): OutcomesOfObject {
  return {
    parameters,
    paths: stored.outcomes.map(({ path }) => path),
    without: (paths) =>
      store.putJson(key, { ...stored, outcomes: stored.outcomes.filter(({ path }) => !paths.has(path)) }),
  };
}
