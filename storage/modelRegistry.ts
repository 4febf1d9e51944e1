/** Registered models: one card per version, numbered without gaps or twins however many register at once. */
import { modelCardSchema } from '../contracts/modelCard.js';
import type { ModelCard, ModelReference } from '../contracts/modelCard.js';
import { GraftworkError } from '../contracts/errors.js';
import { nameSchema } from '../contracts/names.js';
import { nearestNames } from '../contracts/nearest.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { promotionOutcomeSchema, type PromotionOutcome } from '../contracts/promotion.js';
import { irreplaceable } from './irreplaceable.js';
import type { ObjectStore } from './objectStore.js';
import { ProductionPointers } from './productionPointer.js';
import { undefinedIfCorrupt } from './undefinedIfCorrupt.js';
import { undefinedIfMissing } from './undefinedIfMissing.js';

const cardPattern = /^models\/([^/]+)\/versions\/([1-9][0-9]*)\/card\.json$/;

/** Versions among which an earlier attempt of the same run is looked for: it lies minutes back, not months. */
const lookBack = 20;

/** Which version a person means: a number, the latest, the one in production, or by the name alone what serves now. */
export type WantedVersion = number | 'latest' | 'production' | 'serving';

export class ModelRegistry {
  readonly #store: ObjectStore;
  /** Which version of each model is in production. */
  readonly production: ProductionPointers;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.production = new ProductionPointers(store);
  }

  /**
   * Registers a run's model under the next free version; a run that has registered already (an activity tried again)
   * gets the version it has. The card is written only where none is, so of two that try the same number one goes on to
   * the next.
   *
   * @param makeCard called with the version to be tried; the card's name and run must be those given
   */
  async register(name: string, run: string, makeCard: (version: number) => ModelCard): Promise<ModelCard> {
    const versions = await this.versions(name);
    for (const version of versions.slice(-lookBack).toReversed()) {
      // A damaged card must not stand in the way of a new one.
      const card = await this.#read(name, version).catch(undefinedIfCorrupt);
      if (card?.run === run) return card;
    }
    for (let version = (versions.at(-1) ?? 0) + 1; ; version += 1) {
      const card = modelCardSchema.parse(makeCard(version));
      try {
        await this.#store.putJson(objectKeys.modelCard(name, version), card, { ifAbsent: true });
        return card;
      } catch (thrown) {
        if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
      }
    }
  }

  /** Names with their latest version, sorted by name. */
  async list(): Promise<ModelReference[]> {
    const latest = new Map<string, number>();
    for await (const { key } of this.#store.list(objectKeys.models)) {
      const [, name, number] = cardPattern.exec(key) ?? [];
      if (name === undefined) continue;
      latest.set(name, Math.max(latest.get(name) ?? 0, Number(number)));
    }
    return [...latest].map(([name, version]) => ({ name, version })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The card of every version of every model. @throws GraftworkError GW_CORRUPT */
  async *cards(): AsyncGenerator<ModelCard> {
    for await (const { key } of this.#store.list(objectKeys.models)) {
      const [, name, number] = cardPattern.exec(key) ?? [];
      if (name !== undefined) yield this.#read(name, Number(number));
    }
  }

  /**
   * What was decided about putting a version into production, as it stands now; undefined where no gate was asked.
   * A damaged record is taken for none: the history of the pointer tells what serves.
   */
  async decision({ name, version }: ModelReference): Promise<PromotionOutcome | undefined> {
    const key = objectKeys.modelDecision(name, version);
    return this.#store.getJsonIfPresent(key, promotionOutcomeSchema).catch(undefinedIfCorrupt);
  }

  /** Versions of a model in rising order; none for an unknown name. */
  async versions(name: string): Promise<number[]> {
    const found: number[] = [];
    for await (const { key } of this.#store.list(objectKeys.modelVersions(name))) {
      const number = cardPattern.exec(key)?.[2];
      if (number !== undefined) found.push(Number(number));
    }
    return found.toSorted((a, b) => a - b);
  }

  /** @throws GraftworkError GW_MODEL_NOT_FOUND */
  async card(name: string, version: WantedVersion): Promise<ModelCard> {
    const reference = await this.#find(name, version);
    return this.#read(reference.name, reference.version);
  }

  /** The card of exactly this version, or undefined when there is none. @throws GraftworkError GW_CORRUPT */
  async find(name: string, version: number): Promise<ModelCard | undefined> {
    return this.#read(name, version).catch(undefinedIfMissing);
  }

  /**
   * A registered version from what a person writes: `name@3`, `name@latest`, `name@production`, or `name`, which means the one
   * in production, and the latest where none is.
   * @throws GraftworkError GW_MODEL_NOT_FOUND naming the nearest there is
   */
  async resolve(text: string): Promise<ModelReference> {
    const { name, version } = parseModelReference(text);
    return this.#find(name, version);
  }

  async #read(name: string, version: number): Promise<ModelCard> {
    return this.#store
      .getJson(objectKeys.modelCard(name, version), modelCardSchema)
      .catch(irreplaceable(`Deleting it takes ${name}@${version} out of the registry.`));
  }

  async #find(name: string, version: WantedVersion): Promise<ModelReference> {
    const versions = nameSchema.safeParse(name).success ? await this.versions(name) : [];
    const latest = versions.at(-1);
    if (latest === undefined) {
      const names = (await this.list()).map((model) => model.name);
      const [nearest] = nearestNames(name, names, 1);
      throw new GraftworkError(
        'GW_MODEL_NOT_FOUND',
        `There is no model “${name}”.${nearest === undefined ? '' : ` Did you mean “${nearest}”?`}`,
        { remedy: '`graftwork models list` shows the models there are.' },
      );
    }
    if (version === 'latest') return { name, version: latest };
    if (version === 'production' || version === 'serving') {
      const production = await this.production.read(name);
      if (production !== undefined) return { name, version: production.version };
      if (version === 'serving') return { name, version: latest };
      throw new GraftworkError('GW_MODEL_NOT_FOUND', `No version of “${name}” is in production.`, {
        remedy: `Put one there: \`graftwork models promote ${name}@${latest}\`.`,
      });
    }
    if (versions.includes(version)) return { name, version };
    throw new GraftworkError(
      'GW_MODEL_NOT_FOUND',
      `Model “${name}” has no version ${version}; its latest is ${latest}.`,
      { remedy: `Use ${name}@${latest}.` },
    );
  }
}

/** @throws GraftworkError GW_MODEL_NOT_FOUND when what follows the @ is no version */
export function parseModelReference(text: string): { name: string; version: WantedVersion } {
  const at = text.lastIndexOf('@');
  if (at === -1) return { name: text, version: 'serving' };
  const name = text.slice(0, at);
  const version = text.slice(at + 1);
  if (version === 'latest' || version === 'production') return { name, version };
  if (/^[1-9][0-9]{0,8}$/.test(version)) return { name, version: Number(version) };
  throw new GraftworkError('GW_MODEL_NOT_FOUND', `“${version}” is not a version of a model.`, {
    remedy: `Write ${name || 'name'}@<number>, @latest or @production, or only the name for the one that serves.`,
  });
}
