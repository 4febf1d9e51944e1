/**
 * What must hold of a registry, checked against everything that is written: no number twice and no model under two of them, a card
 * beside its parameters, and in production what a decision put there.
 */
import assert from 'node:assert/strict';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { productionSchema, type Production, type ProductionMove } from '../../contracts/models/production.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { CardDraft } from '../../storage/registry/modelRegistry.js';
import { earlierPromotion } from '../../storage/registry/productionPointer.js';
import { registrationOf } from '../../storage/registry/registrationOf.js';
import { isIntact } from '../../storage/objects/seal.js';
import { openSealedJson } from '../../storage/objects/storedJson.js';
import type { MemoryBucket } from '../s3/memoryBucket.js';
import type { MemoryRequest } from '../s3/memoryS3.js';
import { model } from './registryFixtures.js';

interface Decision {
  kind: ProductionMove['kind'];
  /** Of a rollback what the history says. */
  card: ModelCard | undefined;
  /** What it was set against; undefined: whatever was there. */
  champion?: number | null | undefined;
}

export class RegistryLedger {
  /** What each number was given to, and the number of each registration. */
  private readonly registrationOf = new Map<number, string>();
  private readonly numberOf = new Map<string, number>();
  private readonly parametersOf = new Map<number, string>();
  /** Registered before there were claims: without its card nothing names it. */
  private readonly earlier: ReadonlySet<string>;
  private readonly decisions = new Map<string, Decision>();
  private history: ProductionMove[];

  /** @param earlier cards from before, also of those deleted */
  constructor(
    private readonly bucket: MemoryBucket,
    earlier: readonly ModelCard[],
  ) {
    this.earlier = new Set(earlier.map(registrationOf));
    for (const card of earlier) this.number(card);
    this.history = this.production()?.history ?? [];
  }

  /** @param champion that it was set against; null: none @returns why: by that its line is found again */
  decide(card: ModelCard, champion?: number | null): string {
    return this.decided({ kind: 'promotion', card, champion });
  }

  decideRollback(): string {
    return this.decided({ kind: 'rollback', card: undefined });
  }

  /** What the one who decided heard: whether it was carried out. */
  settled(why: string, isDone: boolean): void {
    const decision = this.decisions.get(why);
    const isThere = this.history.some((line) => line.why === why);
    const served = this.history.some(({ to }) => to === decision?.card?.version);
    assert(isDone ? isThere || served : !isThere, `decision ${why} is ${isThere ? '' : 'not '}in the history`);
  }

  /** What the one who registered heard. */
  registered(draft: CardDraft, card: ModelCard): void {
    assert.equal(registrationOf(card), registrationOf(draft), `the card of ${card.version} is another model's`);
    assert.equal(this.numberOf.get(registrationOf(draft)), card.version, 'it was registered under another number');
  }

  /** Called for each request that was carried out. */
  readonly observe = ({ operation, key }: MemoryRequest): void => {
    if (operation !== 'PutObject') return;
    if (key === objectKeys.production(model)) this.moved();
    const number = /^models\/birds\/versions\/([1-9][0-9]*)\/card\.json$/.exec(key)?.[1];
    if (number !== undefined) this.written(this.card(key), Number(number));
  };

  /** At the end, when nobody is at work any more. */
  end(): void {
    for (const key of this.bucket.keys()) {
      if (/\/versions\/[1-9][0-9]*\/card\.json$/.test(key)) this.beside(this.card(key));
    }
    const production = this.production();
    if (production?.parameters === undefined) return;
    assert.equal(production.parameters, this.parametersOf.get(production.version), 'another model is in production');
  }

  private decided(decision: Decision): string {
    const why = `decision ${this.decisions.size}`;
    this.decisions.set(why, decision);
    return why;
  }

  private written(card: ModelCard | undefined, number: number): void {
    if (card === undefined) return;
    assert.equal(card.version, number);
    this.number(card);
    this.beside(card);
  }

  private number(card: ModelCard): void {
    const registration = registrationOf(card);
    const { version } = card;
    const had = this.registrationOf.get(version) ?? registration;
    assert.equal(had, registration, `number ${version} was given to a second model`);
    const before = this.numberOf.get(registration) ?? version;
    const isLost = this.earlier.has(registration) && this.card(objectKeys.modelCard(model, before)) === undefined;
    assert(before === version || isLost, `a model has the numbers ${before} and ${version}`);
    this.registrationOf.set(version, registration);
    this.numberOf.set(registration, version);
    this.parametersOf.set(version, card.parameters.sha256);
  }

  /** Whether the parameters of a card, and the evaluation it names, are there. */
  private beside(card: ModelCard | undefined): void {
    if (card === undefined) return;
    const { version, parameters, keys } = card;
    const found = this.bucket.find(objectKeys.modelParameters(parameters.sha256));
    assert(found !== undefined && sha256(found.bytes) === parameters.sha256, `${version} is without its parameters`);
    const evaluation = this.bucket.find(objectKeys.evaluation(keys?.evaluation ?? ''));
    assert(evaluation !== undefined, `${version} is without its evaluation`);
  }

  private moved(): void {
    const production = this.production();
    const before = this.history;
    if (production === undefined || production.history.length === before.length) return;
    const { history } = production;
    assert.deepEqual(history.slice(0, -1), before, 'a line of the history was lost');
    const line = history.at(-1) as ProductionMove;
    assert.equal(production.version, line.to);
    assert.equal(production.parameters, line.parameters);
    assert.equal(line.from, before.at(-1)?.to ?? null);
    assert(!before.some(({ why }) => why === line.why), `${line.why} was carried out twice`);
    const decision = this.decisions.get(line.why);
    assert.equal(decision?.kind, line.kind, 'nobody decided this');
    if (decision?.champion !== undefined) assert.equal(line.from, decision.champion, 'it was judged against another');
    const back = earlierPromotion({ history: before });
    const [to, parameters] =
      decision?.card === undefined
        ? [back?.to, back?.parameters]
        : [decision.card.version, decision.card.parameters.sha256];
    assert.deepEqual([line.to, line.parameters], [to, parameters], 'it is not what was decided on');
    this.history = history;
  }

  private production(): Production | undefined {
    const key = objectKeys.production(model);
    const found = this.bucket.find(key);
    return found && openSealedJson(key, found.bytes, productionSchema, key);
  }

  /** undefined: there is none, or it is damaged. */
  private card(key: string): ModelCard | undefined {
    const found = this.bucket.find(key);
    if (found === undefined || !isIntact(key, found.bytes)) return undefined;
    return JSON.parse(found.bytes.toString()) as ModelCard;
  }
}
