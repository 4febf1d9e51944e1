/** What finished runs left behind for the choices to come. Never collected: nothing could make them again. */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { transferRecordSchema, type TransferRecord } from '../../contracts/models/ranking.js';
import type { ObjectStore } from '../objects/objectStore.js';

const readsAtOnce = 16;

export class TransferRecords {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** The same plan again replaces its record. */
  async write(record: TransferRecord): Promise<void> {
    await this.store.putJson(objectKeys.transferRecord(record.plan), record);
  }

  /**
   * All records, the oldest first.
   * @param lost called for each that cannot be read; it is left out
   */
  async list(lost: (key: string, thrown: unknown) => void): Promise<TransferRecord[]> {
    const found = await pMap(
      this.store.list(objectKeys.transferRecords),
      async ({ key }) => {
        try {
          return await this.store.getJsonIfPresent(key, transferRecordSchema);
        } catch (thrown) {
          lost(key, thrown);
          return undefined;
        }
      },
      { concurrency: readsAtOnce },
    );
    return found
      .filter((record) => record !== undefined)
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.plan < b.plan ? -1 : 1));
  }
}
