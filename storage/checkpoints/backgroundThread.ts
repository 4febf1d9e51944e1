/**
 * A thread with an S3 client of its own: writes what the main thread has no time for, and keeps its leases. Nothing here may
 * load TensorFlow, which is not made for several threads.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { asGraftworkError } from '../../contracts/errors.js';
import type { BackgroundAnswer, BackgroundRequest, BackgroundWork, LeaseLost } from './backgroundMessages.js';
import { LeaseKeeper } from './leaseKeeper.js';
import { ObjectStore } from '../objects/objectStore.js';
import { openS3Connection, type ConnectionSettings } from '../s3/s3Connection.js';

// On Linux a priority is a thread's own; elsewhere this would slow down the whole process.
if (process.platform === 'linux') setPriority(10);

const settings = workerData as ConnectionSettings;
const connection = openS3Connection(settings.variables, settings.attempts, settings.idleTimeout);
const keepers = new Map<number, LeaseKeeper>();

function kept(lease: number): LeaseKeeper {
  const keeper = keepers.get(lease);
  if (keeper === undefined) throw new RangeError(`no lease ${lease} is kept here`);
  return keeper;
}

const send = (message: BackgroundAnswer | LeaseLost): void => parentPort?.postMessage(message);

/** @returns the etag of what was put */
async function doWork(work: BackgroundWork): Promise<string | undefined> {
  const store = (bucket: string): ObjectStore => new ObjectStore(bucket, connection);
  switch (work.do) {
    case 'put':
      return store(work.bucket).put(work.key, work.bytes, work.options);
    case 'delete':
      await store(work.bucket).delete(work.key);
      return undefined;
    case 'keep': {
      const { bucket, lease, written, beatEvery } = work;
      const onLost: ConstructorParameters<typeof LeaseKeeper>[2]['onLost'] = (error) =>
        send({ lost: lease, error: error.toJSON() });
      keepers.set(lease, new LeaseKeeper(store(bucket), written, { beatEvery, onLost }));
      return undefined;
    }
    case 'write':
      await kept(work.lease).write(work.manifest);
      return undefined;
    case 'let go':
      await kept(work.lease).end();
      keepers.delete(work.lease);
      return undefined;
  }
}

parentPort?.on('message', ({ id, ...work }: BackgroundRequest) => {
  doWork(work).then(
    (etag) => send(etag === undefined ? { id } : { id, etag }),
    (thrown: unknown) => send({ id, error: asGraftworkError(thrown).toJSON() }),
  );
});
