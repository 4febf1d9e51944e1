/** The registry at a glance: the latest version of each model or all of one, and which cannot be read. */
import pMap from 'p-map';
import { asGraftworkError, type GraftworkError } from '../../contracts/errors.js';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';

export interface ListedModel extends ModelReference {
  /** The version that serves; null: none. */
  production: number | null;
  createdAt: string;
  run: string;
  /** How many. */
  classes: number;
  backbone: string;
  top1: number;
  /** Mean average precision, only of a multi-label model. */
  mAP?: number;
}

export interface DamagedModel extends ModelReference {
  error: GraftworkError;
}

const readsAtOnce = 16;

/** What the pointer of a model says, and what is wrong with the card it names. */
interface Serving {
  production: number | null;
  error?: GraftworkError;
}

/**
 * Sorted by name, a model's versions newest first. A damaged card or pointer says nothing against the other models, and what is
 * wrong with the version in production nothing against the other versions: it has a row of its own.
 *
 * @param name of the model whose versions are wanted, all of them @default each model's latest
 * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_S3_…
 */
export async function listModels(registry: ModelRegistry, name?: string): Promise<(ListedModel | DamagedModel)[]> {
  const references = name === undefined ? await registry.list() : await versionsOf(registry, name);
  const names = [...new Set(references.map((reference) => reference.name))];
  const models = await pMap(
    names,
    (name) =>
      rowsOf(
        registry,
        name,
        references.filter((reference) => reference.name === name),
      ),
    { concurrency: readsAtOnce },
  );
  return models.flat();
}

async function rowsOf(
  registry: ModelRegistry,
  name: string,
  references: readonly ModelReference[],
): Promise<(ListedModel | DamagedModel)[]> {
  const serving = await servingOf(registry, name).catch(corruption);
  const versions = new Set(references.map(({ version }) => version));
  if ('production' in serving && serving.error !== undefined && serving.production !== null)
    versions.add(serving.production);
  return pMap(
    [...versions].toSorted((a, b) => b - a),
    async (version) => {
      if (!('production' in serving)) return { name, version, ...serving };
      if (serving.error !== undefined && version === serving.production) return { name, version, error: serving.error };
      return rowOf(registry, { name, version }, serving.production).catch((thrown: unknown) => ({
        ...{ name, version },
        ...corruption(thrown),
      }));
    },
    { concurrency: readsAtOnce },
  );
}

async function rowOf(
  registry: ModelRegistry,
  { name, version }: ModelReference,
  production: number | null,
): Promise<ListedModel> {
  const { createdAt, run, classes, backbone, evaluation } = await registry.card(name, version);
  return {
    ...{ name, version, production, createdAt, run },
    ...{ classes: classes.length, backbone: backbone.name, top1: evaluation.top1 },
    ...(evaluation.multiLabel === undefined ? {} : { mAP: evaluation.multiLabel.mAP }),
  };
}

/** @throws GraftworkError GW_CORRUPT when the pointer itself is damaged */
async function servingOf(registry: ModelRegistry, name: string): Promise<Serving> {
  const production = (await registry.production.read(name))?.version ?? null;
  const wrong = await registry.serving(name).then(() => undefined, corruption);
  return { production, ...wrong };
}

/** @throws what is no damage */
function corruption(thrown: unknown): { error: GraftworkError } {
  const error = asGraftworkError(thrown);
  if (error.code !== 'GW_CORRUPT') throw thrown;
  return { error };
}

async function versionsOf(registry: ModelRegistry, name: string): Promise<ModelReference[]> {
  // Reports an unknown name, with the nearest known one.
  await registry.resolve(`${name}@latest`);
  return (await registry.versions(name)).toReversed().map((version) => ({ name, version }));
}

export function isDamaged(model: ListedModel | DamagedModel): model is DamagedModel {
  return 'error' in model;
}
