/**
 * Where the draws of a source are remembered. The ledger belongs to the source, not to a dataset version: a picture that is gone
 * for a while keeps its split, and a version keeps the splits it was made with. It is changed by conditional writes, so that two
 * ingests of one source agree.
 */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { splitLedgerSchema, type SplitLedger } from '../../contracts/data/splitLedger.js';
import { contentKey } from '../objects/contentKey.js';
import type { PutOptions } from '../objects/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { openSealedJson } from '../objects/storedJson.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** Everything that makes a draw another one. */
export interface DrawIdentity {
  into: 'test' | 'validation';
  share: number;
  seed: number;
  testShare: number | null;
}

export interface FoundLedger {
  /** Undefined where there is none, or a damaged one. */
  ledger: SplitLedger | undefined;
  damaged: boolean;
  /** Under which the object is still as it was found. */
  condition: Pick<PutOptions, 'ifAbsent' | 'ifMatch'>;
}

/** Ledgers in memory at a time: one of a million pictures has 16 MB. */
const atOnce = 2;

export class SplitLedgers {
  readonly #store: ObjectStore;
  readonly #draw: string;

  constructor(store: ObjectStore, { into, share, seed, testShare }: DrawIdentity) {
    this.#store = store;
    this.#draw = contentKey('split-draw/1', { into, share, seed, testShare });
  }

  /** @param uri of the source */
  key(uri: string): string {
    // A folder is the same with a slash behind it.
    return objectKeys.splitLedger(this.#draw, contentKey('split-source/1', { uri: uri.replace(/\/+$/, '') }));
  }

  /** @throws GraftworkError GW_CONFLICT when it is written at this very moment; GW_S3_… */
  async find(uri: string): Promise<FoundLedger> {
    const key = this.key(uri);
    const facts = await this.#store.head(key);
    if (facts === undefined) return { ledger: undefined, damaged: false, condition: { ifAbsent: true } };
    const condition = { ifMatch: facts.etag };
    const bytes = await this.#store.get(key, condition);
    try {
      const ledger = openSealedJson(key, bytes, splitLedgerSchema, this.#store.uri(key));
      return { ledger, damaged: false, condition };
    } catch (thrown) {
      return { ledger: undefinedIfCorrupt(thrown), damaged: true, condition };
    }
  }

  /**
   * Of all sources' ledgers the one of the highest score; undefined when none has a score above 0. Damaged ones are left out.
   * @param score of a ledger; 0 excludes it
   */
  async best(score: (ledger: SplitLedger) => number): Promise<SplitLedger | undefined> {
    const keys: string[] = [];
    for await (const { key } of this.#store.list(objectKeys.splitLedgers(this.#draw))) keys.push(key);
    let best: { ledger: SplitLedger; score: number } | undefined;
    await pMap(
      keys,
      async (key) => {
        const ledger = await this.#store.getJsonIfPresent(key, splitLedgerSchema).catch(undefinedIfCorrupt);
        if (ledger === undefined) return;
        const its = score(ledger);
        // Of two that are as good, always the same one.
        const isBetter = its > (best?.score ?? 0) || (its === best?.score && ledger.uri < best.ledger.uri);
        if (isBetter) best = { ledger, score: its };
      },
      { concurrency: atOnce },
    );
    return best?.ledger;
  }

  /** @throws GraftworkError GW_CONFLICT when the condition does not hold any more */
  async write(ledger: SplitLedger, condition: FoundLedger['condition']): Promise<void> {
    await this.#store.putJson(this.key(ledger.uri), ledger, condition);
  }
}
