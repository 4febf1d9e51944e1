/**
 * A thread with an S3 client of its own: writes what the main thread has no time for. Nothing here may load TensorFlow,
 * which is not made for several threads.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { asGraftworkError } from '../contracts/errors.js';
import type { BackgroundAnswer, BackgroundRequest, BackgroundSettings } from './backgroundStore.js';
import { ObjectStore } from './objectStore.js';
import { openS3Connection } from './s3Connection.js';

// On Linux a priority is a thread's own; elsewhere this would slow down the whole process.
if (process.platform === 'linux') setPriority(10);

const settings = workerData as BackgroundSettings;
const connection = openS3Connection(settings.variables, settings.attempts, settings.idleTimeout);

async function answerTo(request: BackgroundRequest): Promise<BackgroundAnswer> {
  const { id, bucket, key } = request;
  const store = new ObjectStore(bucket, connection);
  try {
    if (request.bytes === undefined) await store.delete(key);
    else return { id, etag: await store.put(key, request.bytes, request.options) };
    return { id };
  } catch (thrown) {
    return { id, error: asGraftworkError(thrown).toJSON() };
  }
}

parentPort?.on('message', (request: BackgroundRequest) => {
  void answerTo(request).then((answer) => parentPort?.postMessage(answer));
});
