/**
 * Whether a store honours the conditions that everything here rests on: leases, the registry and the pointer to production are
 * written with `If-None-Match` and `If-Match`, and sources are read with `If-Match` on the tags of their listing. A store that
 * ignores one of them does so without an error: two attempts would both write.
 *
 * A dozen requests on objects of a few bytes below `probes/`, which are deleted afterwards.
 */
import { randomUUID } from 'node:crypto';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { patiently, type Patience } from '../s3/patience.js';
import { asS3Error, isDenied } from '../s3/s3Errors.js';
import { ProbeRequests, type Answer } from './probeRequests.js';

export type ProbeResult =
  /** Every condition is honoured. */
  | { state: 'fit' }
  /** What the store lacks, each as a sentence with the store as its subject left out. */
  | { state: 'unfit'; lacks: string[] }
  /** These credentials may not do what a probe does; nothing is known of the store. */
  | { state: 'denied'; reason: string };

/** No object has it. */
const wrongTag = `"${'0'.repeat(32)}"`;
/** Objects of a probe that was killed go with a later one, after this time in milliseconds. */
const leftoverAge = 3_600_000;
/** Probes that must find the same lack: one answer may be lost, or be somebody's accident. */
const confirmations = 2;

/**
 * @param patience how long a store that is away is waited for
 * @throws GraftworkError GW_S3_… when the store does not answer, or not to these credentials
 */
export async function probeConditions(store: ObjectStore, patience: Patience = { limit: 0 }): Promise<ProbeResult> {
  try {
    let lacks = await probed(store, patience);
    for (let again = 1; again < confirmations && lacks.length > 0; again += 1) {
      const found = await probed(store, patience);
      lacks = lacks.filter((lack) => found.includes(lack));
    }
    return lacks.length === 0 ? { state: 'fit' } : { state: 'unfit', lacks };
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : undefined;
    if (thrown instanceof Error && isDenied(cause)) return { state: 'denied', reason: thrown.message };
    throw thrown;
  }
}

function probed(store: ObjectStore, patience: Patience): Promise<string[]> {
  return patiently(async () => {
    const requests = new ProbeRequests(store);
    const key = objectKeys.probe(randomUUID());
    const absent = `${key}-absent`;
    try {
      return [...(await probeWrites(requests, key, absent)), ...(await probeTags(store, requests, key))];
    } catch (thrown) {
      const { bucket, connection } = store;
      throw asS3Error(thrown, { action: `probe ${store.uri(key)}`, bucket, endpoint: connection.endpoint });
    } finally {
      await Promise.allSettled([key, absent].map((one) => requests.delete(one)));
    }
  }, patience);
}

/** Leaves an object at `key`. */
async function probeWrites(requests: ProbeRequests, key: string, absent: string): Promise<string[]> {
  const lacks: string[] = [];
  const first = await requests.put(key, 'first', { IfNoneMatch: '*' });
  if (!isDone(first)) {
    lacks.push(`it answers ${first.text} to a PUT whose If-None-Match condition is met`);
    await requests.put(key, 'first');
  }
  lacks.push(
    ...refused(
      await requests.put(key, 'second', { IfNoneMatch: '*' }),
      'PUT',
      'If-None-Match',
      'two runs could both write the same version or result',
    ),
    ...refused(
      await requests.put(key, 'third', { IfMatch: wrongTag }),
      'PUT',
      'If-Match',
      'two attempts could both write the same checkpoint or pointer',
    ),
  );
  const onAbsent = await requests.put(absent, 'fourth', { IfMatch: wrongTag });
  if (isDone(onAbsent) || isDone(await requests.head(absent))) {
    lacks.push('it creates a missing object for a PUT with If-Match, so a deleted object could come back');
  } else if (onAbsent.status !== 412 && onAbsent.status !== 404) {
    lacks.push(`it answers ${onAbsent.text} instead of 412 or 404 to a PUT with If-Match on a missing object`);
  }
  return lacks;
}

/** @param key of an object that is there */
async function probeTags(store: ObjectStore, requests: ProbeRequests, key: string): Promise<string[]> {
  const lacks: string[] = [];
  const stale = 'a changed picture or list could be taken for the one that was listed';
  for (const range of [{}, { Range: 'bytes=0-1' }]) {
    const found = refused(await requests.get(key, { IfMatch: wrongTag, ...range }), 'GET', 'If-Match', stale);
    lacks.push(...found.filter((lack) => !lacks.includes(lack)));
  }
  const { etag } = await requests.head(key);
  const listed = await listedTag(store, requests, key);
  if (listed !== etag) {
    lacks.push(
      `its listing shows another ETag (${listed || 'none'}) than HEAD (${etag || 'none'}), so no file could be read as listed`,
    );
  }
  for (const [method, answer] of [
    ['GET', await requests.get(key, { IfMatch: `"${etag}"` })],
    ['PUT', await requests.put(key, 'fifth', { IfMatch: `"${etag}"` })],
  ] as const) {
    if (!isDone(answer)) lacks.push(`it answers ${answer.text} to a ${method} whose If-Match condition is met`);
  }
  return lacks;
}

/** Deletes what earlier probes have left on its way. */
async function listedTag(store: ObjectStore, requests: ProbeRequests, key: string): Promise<string> {
  let tag = '';
  for await (const object of store.list(objectKeys.probes)) {
    if (object.key === key) tag = object.etag;
    else if (Date.now() - object.modified > leftoverAge) await requests.delete(object.key).catch(() => undefined);
  }
  return tag;
}

/** The lack that an answer to a request with a condition that fails shows; none where it was refused with 412. */
function refused({ status, text }: Answer, method: string, header: string, otherwise: string): string[] {
  if (status === 412) return [];
  return isDone({ status })
    ? [`it ignores ${header} on ${method}: ${otherwise}`]
    : [`it answers ${text} instead of 412 to a ${method} whose ${header} condition is not met`];
}

function isDone({ status }: Pick<Answer, 'status'>): boolean {
  return status >= 200 && status < 300;
}
