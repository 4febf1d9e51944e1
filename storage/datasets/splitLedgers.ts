/**
 * Where the draws of a source are remembered. The ledger belongs to the source, not to a dataset version: a picture that is gone
 * for a while keeps its split, and a version keeps the splits it was made with. It is changed by conditional writes, so that two
 * ingests of one source agree.
 */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { pictureIdDigits, splitLedgerSchema, type SplitLedger } from '../../contracts/data/splitLedger.js';
import { contentKey } from '../objects/contentKey.js';
import type { ListedObject, PutOptions } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { openSealedJson } from '../objects/storedJson.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** Everything that makes a draw another one. */
export interface DrawIdentity {
  into: 'test' | 'validation';
  share: number;
  seed: number;
  testShare: number | null;
  /** Left out where the source has no groups: their draw tears apart what one with groups keeps together. */
  groupBy?: string | null;
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

/**
 * Ledgers read for a source at a new address. Each upload of a folder that has changed leaves one, so there may be thousands. So
 * many are kept in reach that a folder is found again after that many other sources of the same settings.
 */
const mostRead = 200;

/** The digest of a source's address, by which its ledgers go. */
export function ledgerAddress(uri: string): string {
  // A folder is the same with a slash behind it.
  return contentKey('split-source/1', { uri: uri.replace(/\/+$/, '') });
}

export class SplitLedgers {
  private readonly store: ObjectStore;
  private readonly draw: string;

  constructor(store: ObjectStore, { into, share, seed, testShare, groupBy }: DrawIdentity) {
    this.store = store;
    const ofGroups = groupBy === undefined ? {} : { groupBy };
    this.draw = contentKey('split-draw/1', { into, share, seed, testShare, ...ofGroups });
  }

  /** @param uri of the source */
  key(uri: string): string {
    return objectKeys.splitLedger(this.draw, ledgerAddress(uri));
  }

  /** @throws GraftworkError GW_CONFLICT when it is written at this very moment; GW_S3_… */
  async find(uri: string): Promise<FoundLedger> {
    const key = this.key(uri);
    const facts = await this.store.head(key);
    if (facts === undefined) return { ledger: undefined, damaged: false, condition: { ifAbsent: true } };
    const condition = { ifMatch: facts.etag };
    const bytes = await this.store.get(key, condition);
    try {
      const ledger = openSealedJson(key, bytes, splitLedgerSchema, this.store.uri(key));
      return { ledger, damaged: false, condition };
    } catch (thrown) {
      return { ledger: undefinedIfCorrupt(thrown), damaged: true, condition };
    }
  }

  /**
   * Of the ledgers written last ({@link mostRead}) the one of the highest score; undefined when none has a score above 0. Damaged
   * ones are left out. They are read newest first, and one that is too small to have a higher score is not read: a folder that has
   * changed has most in common with its own last upload.
   *
   * @param score of a ledger: how many of its pictures count; 0 excludes it
   */
  async best(score: (ledger: SplitLedger) => number): Promise<SplitLedger | undefined> {
    const listed: ListedObject[] = [];
    for await (const object of this.store.list(objectKeys.splitLedgers(this.draw))) listed.push(object);
    const newest = listed.toSorted((a, b) => b.modified - a.modified || (a.key < b.key ? -1 : 1)).slice(0, mostRead);
    let best: { ledger: SplitLedger; score: number } | undefined;
    await pMap(
      newest,
      async ({ key, size }) => {
        if (best !== undefined && size / pictureIdDigits < best.score) return;
        const ledger = await this.store.getJsonIfPresent(key, splitLedgerSchema).catch(undefinedIfCorrupt);
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
    await this.store.putJson(this.key(ledger.uri), ledger, condition);
  }
}
