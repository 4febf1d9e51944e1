/** Registered models: one card per version, under a number that is given once, however many register at once. */
import { modelCardSchema } from '../../contracts/models/modelCard.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { GraftworkError } from '../../contracts/errors.js';
import { nameSchema } from '../../contracts/names.js';
import { nearestNames } from '../../contracts/nearest.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { modelText, referencedModel } from '../../contracts/spec/sources/sources.js';
import type { Production } from '../../contracts/models/production.js';
import { promotionOutcomeSchema, type PromotionOutcome } from '../../contracts/spec/promotion.js';
import { irreplaceable } from '../objects/irreplaceable.js';
import { isConflict } from '../objects/isConflict.js';
import type { PutOptions } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { ProductionPointers } from './productionPointer.js';
import { requirePromoted } from './promotedCard.js';
import { registrationOf } from './registrationOf.js';
import { isIntact } from '../objects/seal.js';
import { seeObject } from '../objects/seeObject.js';
import { openSealedJson } from '../objects/storedJson.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';
import { usedNumbers } from './usedNumbers.js';
import { VersionNumbers } from './versionNumbers.js';

const cardPattern = /^models\/([^/]+)\/versions\/([1-9][0-9]*)\/card\.json$/;

/** Newest cards without a claimed number among which a run that an older Graftwork registered is looked for. */
const lookBack = 100;

/** A card that has no number yet. */
export type CardDraft = Omit<ModelCard, 'version'>;

/** Which version a person means: a number, the latest, the one in production, or by the name alone what serves now. */
export type WantedVersion = number | 'latest' | 'production' | 'serving';

export class ModelRegistry {
  private readonly store: ObjectStore;
  /** Which version of each model is in production. */
  readonly production: ProductionPointers;

  constructor(store: ObjectStore) {
    this.store = store;
    this.production = new ProductionPointers(store);
  }

  /**
   * Registers a model under a number that no other has had or gets, whatever becomes of its card. The same run with the same
   * parameters and the same evaluation (an activity tried again, a run that was reset) has one version for ever, and gets the
   * card there is; where that was deleted or is damaged, it is written again.
   *
   * @throws GraftworkError GW_CORRUPT when a later Graftwork has written the card
   */
  async register(draft: CardDraft): Promise<ModelCard> {
    const { name } = draft;
    const registration = registrationOf(draft);
    const numbers = new VersionNumbers(this.store, name, {
      propose: () => this.propose(name, registration),
      registrationAt: async (version) => {
        const card = await this.find(name, version).catch(undefinedIfCorrupt);
        return card && registrationOf(card);
      },
    });
    for (;;) {
      const claim = await numbers.claim(registration);
      const card = await this.write(modelCardSchema.parse({ ...draft, version: claim.version }));
      if (card !== undefined) return card;
      await numbers.leave(registration, claim);
    }
  }

  /** Names with their latest version, sorted by name. */
  async list(): Promise<ModelReference[]> {
    const latest = new Map<string, number>();
    for await (const { key } of this.store.list(objectKeys.models)) {
      const [, name, number] = cardPattern.exec(key) ?? [];
      if (name === undefined) continue;
      latest.set(name, Math.max(latest.get(name) ?? 0, Number(number)));
    }
    return [...latest].map(([name, version]) => ({ name, version })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The card of every version of every model. @throws GraftworkError GW_CORRUPT */
  async *cards(): AsyncGenerator<ModelCard> {
    for await (const { key } of this.store.list(objectKeys.models)) {
      const [, name, number] = cardPattern.exec(key) ?? [];
      const card = name === undefined ? undefined : await this.find(name, Number(number));
      // Undefined, too, where it was deleted since it was listed.
      if (card !== undefined) yield card;
    }
  }

  /**
   * What was decided about putting a version into production, as it stands now; undefined where no gate was asked.
   * A damaged record is taken for none: the history of the pointer shows what serves.
   */
  async decision({ name, version }: ModelReference): Promise<PromotionOutcome | undefined> {
    const key = objectKeys.modelDecision(name, version);
    return this.store.getJsonIfPresent(key, promotionOutcomeSchema).catch(undefinedIfCorrupt);
  }

  /** Versions of a model in rising order; none for an unknown name. */
  async versions(name: string): Promise<number[]> {
    const found: number[] = [];
    for await (const { key } of this.store.list(objectKeys.modelVersions(name))) {
      const number = cardPattern.exec(key)?.[2];
      if (number !== undefined) found.push(Number(number));
    }
    return found.toSorted((a, b) => a - b);
  }

  /**
   * What is in production, with its card; undefined where nothing is.
   * @throws GraftworkError GW_CORRUPT when the card is damaged, gone, or not that of the model that was put there
   */
  async serving(name: string): Promise<{ production: Production; card: ModelCard } | undefined> {
    const production = await this.production.read(name);
    if (production === undefined) return undefined;
    const card = requirePromoted(production, await this.find(name, production.version));
    return { production, card };
  }

  /** @throws GraftworkError GW_MODEL_NOT_FOUND; GW_CORRUPT as `serving` for a version that is wanted because it serves */
  async card(name: string, version: WantedVersion): Promise<ModelCard> {
    const reference = await this.findReference(name, version);
    return this.read(reference.name, reference.version);
  }

  /** The card of exactly this version, or undefined when there is none. @throws GraftworkError GW_CORRUPT */
  async find(name: string, version: number): Promise<ModelCard | undefined> {
    return this.read(name, version).catch(undefinedIfMissing);
  }

  /**
   * A registered version from what a person writes: `name@3`, `name@latest`, `name@production`, or `name`, which means the one
   * in production, and the latest where none is.
   * @param written how a model is written where the text stands
   * @throws GraftworkError GW_MODEL_NOT_FOUND naming the nearest there is; GW_CORRUPT as `serving`
   */
  async resolve(text: string, written = modelText): Promise<ModelReference> {
    const { name, version } = parseModelReference(text);
    return this.findReference(name, version, written);
  }

  /** The number of this registration's card from before numbers were claimed, or the next that nobody has had. */
  private async propose(name: string, registration: string): Promise<number> {
    const { cards, claimed, highest } = await usedNumbers(this.store, name);
    const unclaimed = cards.slice(-lookBack).filter((version) => !claimed.has(version));
    for (const version of unclaimed.toReversed()) {
      // A damaged card must not stand in the way of a new one.
      const card = await this.find(name, version).catch(undefinedIfCorrupt);
      if (card !== undefined && registrationOf(card) === registration) return version;
    }
    return highest + 1;
  }

  /** @returns the card that lies there in the end; undefined when it is another model's, of a worker that claims no numbers */
  private async write(card: ModelCard): Promise<ModelCard | undefined> {
    const { name, version } = card;
    const key = objectKeys.modelCard(name, version);
    let condition: PutOptions = { ifAbsent: true };
    for (;;) {
      try {
        await this.store.putJson(key, card, condition);
        return card;
      } catch (thrown) {
        if (!isConflict(thrown)) throw thrown;
      }
      const seen = await seeObject(this.store, key);
      condition = seen === undefined ? { ifAbsent: true } : { ifMatch: seen.etag };
      if (seen === undefined || !isIntact(key, seen.bytes)) continue;
      const there = this.open(card, seen.bytes);
      return registrationOf(there) === registrationOf(card) ? there : undefined;
    }
  }

  private async read(name: string, version: number): Promise<ModelCard> {
    return this.open({ name, version }, await this.store.get(objectKeys.modelCard(name, version)));
  }

  private open({ name, version }: ModelReference, bytes: Buffer): ModelCard {
    const key = objectKeys.modelCard(name, version);
    try {
      return openSealedJson(key, bytes, modelCardSchema, this.store.uri(key));
    } catch (thrown) {
      return irreplaceable(`If you delete it, ${name}@${version} is no longer in the registry.`)(thrown);
    }
  }

  private async findReference(name: string, version: WantedVersion, written = modelText): Promise<ModelReference> {
    const versions = nameSchema.safeParse(name).success ? await this.versions(name) : [];
    const latest = versions.at(-1);
    if (latest === undefined) {
      const names = (await this.list()).map((model) => model.name);
      const [nearest] = nearestNames(name, names, 1);
      throw new GraftworkError(
        'GW_MODEL_NOT_FOUND',
        `There is no model “${name}”.${nearest === undefined ? '' : ` Did you mean “${nearest}”?`}`,
        { remedy: '`graftwork models list` shows all models.' },
      );
    }
    if (version === 'latest') return { name, version: latest };
    if (version === 'production' || version === 'serving') {
      const serving = await this.serving(name);
      if (serving !== undefined) return { name, version: serving.card.version };
      if (version === 'serving') return { name, version: latest };
      throw new GraftworkError('GW_MODEL_NOT_FOUND', `No version of “${name}” is in production.`, {
        remedy: `Put one there: \`graftwork models promote ${name}@${latest}\`.`,
      });
    }
    if (versions.includes(version)) return { name, version };
    throw new GraftworkError(
      'GW_MODEL_NOT_FOUND',
      `Model “${name}” has no version ${version}; its latest is ${latest}.`,
      { remedy: `Use ${written({ name, version: latest })}.` },
    );
  }
}

/** @throws GraftworkError GW_MODEL_NOT_FOUND when what follows the @ is no version */
export function parseModelReference(text: string): { name: string; version: WantedVersion } {
  const model = referencedModel(text);
  if (model !== undefined) {
    throw new GraftworkError('GW_MODEL_NOT_FOUND', `“${text}” is written as a source to start from.`, {
      remedy: `Write the model without the beginning: ${model}.`,
    });
  }
  const at = text.lastIndexOf('@');
  if (at === -1) return { name: text, version: 'serving' };
  const name = text.slice(0, at);
  const version = text.slice(at + 1);
  if (version === 'latest' || version === 'production') return { name, version };
  if (/^[1-9][0-9]{0,8}$/.test(version)) return { name, version: Number(version) };
  throw new GraftworkError('GW_MODEL_NOT_FOUND', `“${version}” is not a version of a model.`, {
    remedy: `Write ${name || 'name'}@<number>, @latest or @production, or only the name for the version that serves.`,
  });
}
