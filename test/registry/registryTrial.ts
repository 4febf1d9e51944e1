/** Interleavings of everything that touches a registry, by their seeds: in a thread, where the test runner does not follow each promise. */
import { parentPort, workerData } from 'node:worker_threads';
import { Interleaving } from './interleaving.js';
import { MemoryS3, type MemoryRequest } from '../s3/memoryS3.js';
import { writeDatasets, writeEarlierVersions } from './registryFixtures.js';
import { RegistryLedger } from './registryLedger.js';
import { RegistryWorld } from './registryWorld.js';

/** The collector looks at an object and deletes it; S3 can do both at once only for other bytes, which these never are. */
function isLastLook({ operation, key }: MemoryRequest): boolean {
  return operation === 'ListObjectsV2' && /^(?:models\/parameters|evaluations)\/[0-9a-f]{64}/.test(key);
}

/** What there is beside two runs; what is named twice is twice as likely. */
const kinds = [
  'run',
  'reset',
  'deleteNewest',
  'deleteNewest',
  'promote',
  'promote',
  'rollback',
  'collect',
  'collect',
  'forget',
] as const;

async function interleave(seed: number): Promise<void> {
  const told: { ledger?: RegistryLedger } = {};
  const order = new Interleaving(seed, { holds: isLastLook, onServed: (request) => told.ledger?.observe(request) });
  const s3 = new MemoryS3({ pageSize: 20, attempts: 2 });
  const store = s3.store();
  // The source of the pictures.
  s3.bucket('b');
  await writeDatasets(store);
  const earlier = await writeEarlierVersions(store, order);
  const ledger = (told.ledger = new RegistryLedger(s3.bucket(), earlier));
  const world = new RegistryWorld(
    order,
    ledger,
    earlier.map(({ run }) => run),
  );
  const actors: Record<string, () => Promise<void>> = {};
  const count = 4 + order.below(6);
  for (let index = 0; index < count; index++) {
    const kind = index < 2 ? 'run' : (kinds[order.below(kinds.length)] ?? 'run');
    const actor = `${kind}-${index}`;
    actors[actor] = () => world[kind](s3.store(store.bucket, order.fateOf(actor)), actor);
  }
  await order.run(actors);
  ledger.end();
}

/** @returns a text for each seed that fails */
async function failuresOf(seeds: readonly number[]): Promise<string[]> {
  const failed: string[] = [];
  for (const seed of seeds) {
    await interleave(seed).catch((error: unknown) => failed.push(`seed ${seed}: ${String((error as Error).stack)}`));
  }
  return failed;
}

parentPort?.postMessage(await failuresOf(workerData as number[]));
