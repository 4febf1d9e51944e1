/**
 * Numbers of a model's versions. Each is given once and for ever, to one registration: a run's parameters with their evaluation.
 * Two small objects outlive the card:
 *
 * - the registration names the number it has, or tries to get. All attempts at it agree by conditional writes;
 * - the number, written only where none is, names the registration that has it.
 *
 * A registration leaves a number only when it can never have it, so it gets one number, however its attempts interleave.
 */
import type { z } from 'zod';
import { objectKeys } from '../../contracts/objectKeys.js';
import { numberClaimSchema, registrationSchema } from '../../contracts/models/registration.js';
import { isConflict } from '../objects/isConflict.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { seeObject } from '../objects/seeObject.js';
import { openSealedJson } from '../objects/storedJson.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** Newest numbers among which that of a registration which is gone is looked for. */
const lookBack = 100;
const readsAtOnce = 16;
const numberPattern = /^([1-9][0-9]*)\.json$/;

/** A number, with the etag of the registration that names it. */
export interface Claim {
  version: number;
  etag: string;
}

/** What the cards say, where numbers alone do not. */
export interface Cards {
  /** A number that may be this registration's, and was never another's: of a card without a number, or one that is free. */
  propose: () => Promise<number>;
  /** The registration that a card is of; undefined when there is no such card, or it is damaged. */
  registrationAt: (version: number) => Promise<string | undefined>;
}

export class VersionNumbers {
  constructor(
    private readonly store: ObjectStore,
    private readonly name: string,
    private readonly cards: Cards,
  ) {}

  /** The number of a registration, which nobody else has or gets. The same again gives the same number. */
  async claim(registration: string): Promise<Claim> {
    for (;;) {
      const claim = await this.see(registration);
      if (claim?.version === undefined) await this.giveName(registration, claim?.etag);
      else if (await this.isOf(claim.version, registration)) return { version: claim.version, etag: claim.etag };
      else await this.leave(registration, claim);
    }
  }

  /** Lets a registration go on to another number, since another model's card lies at the one it has. */
  async leave(registration: string, { etag }: Pick<Claim, 'etag'>): Promise<void> {
    await this.write(registration, await this.cards.propose(), etag);
  }

  /** @returns undefined when there is none yet; no version when it is damaged */
  private async see(registration: string): Promise<{ version: number | undefined; etag: string } | undefined> {
    const key = objectKeys.modelRegistration(this.name, registration);
    const seen = await seeObject(this.store, key);
    return seen && { version: this.open(key, seen.bytes, registrationSchema)?.version, etag: seen.etag };
  }

  /** @param damaged etag of a registration that cannot be read; undefined where there is none, or none any more */
  private async giveName(registration: string, damaged: string | undefined): Promise<void> {
    const known = await this.find(registration, damaged === undefined ? lookBack : Infinity);
    await this.write(registration, known ?? (await this.cards.propose()), damaged);
  }

  /** The faster attempt decides for all: they read it again. */
  private async write(registration: string, version: number, etag: string | undefined): Promise<void> {
    const key = objectKeys.modelRegistration(this.name, registration);
    const condition = etag === undefined ? ({ ifAbsent: true } as const) : { ifMatch: etag };
    await this.store.putJson(key, { format: 1, version }, condition).catch(ignoreConflict);
  }

  /** Takes the number where it is free. */
  private async isOf(version: number, registration: string): Promise<boolean> {
    const key = objectKeys.modelNumber(this.name, version);
    try {
      await this.store.putJson(key, { format: 1, registration }, { ifAbsent: true });
      return true;
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
    }
    return (await this.holder(version)) === registration;
  }

  /** The number that was given to a registration, looked for among the newest. */
  private async find(registration: string, most: number): Promise<number | undefined> {
    const prefix = objectKeys.modelNumbers(this.name);
    const claimed: number[] = [];
    for await (const { key } of this.store.list(prefix)) {
      const version = Number(numberPattern.exec(key.slice(prefix.length))?.[1]);
      if (!Number.isNaN(version)) claimed.push(version);
    }
    const newest = claimed.toSorted((a, b) => b - a).slice(0, most);
    for (let start = 0; start < newest.length; start += readsAtOnce) {
      const some = newest.slice(start, start + readsAtOnce);
      const holders = await Promise.all(some.map((version) => this.holder(version)));
      const found = holders.indexOf(registration);
      if (found !== -1) return some[found];
    }
    return undefined;
  }

  /** A damaged number is still taken; its card shows whose it is. */
  private async holder(version: number): Promise<string | undefined> {
    const key = objectKeys.modelNumber(this.name, version);
    const claim = await this.store.getJsonIfPresent(key, numberClaimSchema).catch(undefinedIfCorrupt);
    return claim?.registration ?? this.cards.registrationAt(version);
  }

  private open<T>(key: string, bytes: Buffer, schema: z.ZodType<T>): T | undefined {
    try {
      return openSealedJson(key, bytes, schema, this.store.uri(key));
    } catch (thrown) {
      return undefinedIfCorrupt(thrown);
    }
  }
}

function ignoreConflict(thrown: unknown): undefined {
  if (!isConflict(thrown)) throw thrown;
}
