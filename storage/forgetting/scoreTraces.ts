/**
 * What was worked out of features, picture by picture or class by class. Trials hold an outcome for each validation picture, or
 * what a model saw in each test picture of a gate; rankings with an embedding hold the mean features of each class, which of a
 * class with one picture are that picture's. Both say nothing of the version they belong to, and both can be made again, so all
 * of them go. Records of finished runs cannot be made again: they lose the embedding and keep the figures.
 */
import pMap from 'p-map';
import { objectKeys } from '../../contracts/objectKeys.js';
import { sourceScoresSchema, transferRecordSchema } from '../../contracts/models/ranking.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { TransferRecords } from '../registry/transferRecords.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import type { Change } from './changes.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;

export async function findScoreTraces(store: ObjectStore, sightings: readonly Sighting[]): Promise<Change[]> {
  const { bucket } = store;
  const changes: Change[] = [];
  const versionsTraining = new Set(sightings.filter(({ split }) => split === 'train').map(({ version }) => version));
  if (sightings.length > 0) {
    for await (const { key } of store.list('trials/')) changes.push({ kind: 'trials', bucket, key });
  }
  if (versionsTraining.size === 0) return changes;
  await pMap(
    store.list('rankings/'),
    async ({ key }) => {
      const scores = await store.getJsonIfPresent(key, sourceScoresSchema).catch(undefinedIfCorrupt);
      if (scores?.embedding !== null) changes.push({ kind: 'rankings', bucket, key });
    },
    { concurrency: readsAtOnce },
  );
  await pMap(
    store.list(objectKeys.transferRecords),
    async ({ key }) => {
      const record = await store.getJsonIfPresent(key, transferRecordSchema).catch(undefinedIfCorrupt);
      if (record === undefined) {
        // Of no use to anybody, and it is unknown whose features are in it.
        changes.push({ kind: 'records', bucket, key });
        return;
      }
      if (record.embedding === null || !versionsTraining.has(record.dataset.version)) return;
      const rewrite = () => new TransferRecords(store).write({ ...record, embedding: null });
      changes.push({ kind: 'records', bucket, key, rewrite });
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}
