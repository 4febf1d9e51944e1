/** The registry at a glance: the latest version of each model or all of one, and which cannot be read. */
import pMap from 'p-map';
import { asGraftworkError, type GraftworkError } from '../contracts/errors.js';
import type { ModelReference } from '../contracts/modelCard.js';
import type { ModelRegistry } from '../storage/modelRegistry.js';

export interface ListedModel extends ModelReference {
  /** The version that serves; null: none. */
  production: number | null;
  createdAt: string;
  run: string;
  /** How many. */
  classes: number;
  backbone: string;
  top1: number;
}

export interface DamagedModel extends ModelReference {
  error: GraftworkError;
}

const readsAtOnce = 16;

/**
 * Sorted by name, a model's versions newest first. A damaged card or pointer says nothing against the other models.
 *
 * @param name of the model whose versions are wanted, all of them @default each model's latest
 * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_S3_…
 */
export async function listModels(registry: ModelRegistry, name?: string): Promise<(ListedModel | DamagedModel)[]> {
  return pMap(
    name === undefined ? await registry.list() : await versionsOf(registry, name),
    async ({ name, version }) => {
      try {
        const { createdAt, run, classes, backbone, evaluation } = await registry.card(name, version);
        const production = (await registry.serving(name))?.card.version ?? null;
        return {
          ...{ name, version, production, createdAt, run },
          ...{ classes: classes.length, backbone: backbone.name, top1: evaluation.top1 },
        };
      } catch (thrown) {
        const error = asGraftworkError(thrown);
        if (error.code !== 'GW_CORRUPT') throw thrown;
        return { name, version, error };
      }
    },
    { concurrency: readsAtOnce },
  );
}

async function versionsOf(registry: ModelRegistry, name: string): Promise<ModelReference[]> {
  // Tells a name that there is not, with the nearest there is.
  await registry.resolve(`${name}@latest`);
  return (await registry.versions(name)).toReversed().map((version) => ({ name, version }));
}

export function isDamaged(model: ListedModel | DamagedModel): model is DamagedModel {
  return 'error' in model;
}
