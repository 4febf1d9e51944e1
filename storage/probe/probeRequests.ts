/** The requests of a probe, as the store answers them: nothing is retried here but what crosses another request. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type GetObjectCommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { bareEtag } from '../s3/objectFacts.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { answerOf, isCrossedCondition } from '../s3/s3Errors.js';

/** Statuses that say something about the condition; every other failure is trouble of the network, the store or the rights. */
const judged = new Set([304, 400, 404, 405, 409, 411, 412, 416, 501]);
/** Attempts at a request that the store says has crossed another one, though nobody else knows the key. */
const attempts = 3;

export interface Answer {
  /** HTTP status. */
  status: number;
  /** As people know it: `412`, `501 NotImplemented`. */
  text: string;
  /** Without quotes; empty where there is none. */
  etag: string;
}

export class ProbeRequests {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  put(
    key: string,
    body: string,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'> = {},
  ): Promise<Answer> {
    const { connection, bucket: Bucket } = this.store;
    const request = { Bucket, Key: key, Body: body, ...connection.encryption, ...condition };
    return answered(() => connection.client.send(new PutObjectCommand(request)));
  }

  get(key: string, condition: Pick<GetObjectCommandInput, 'IfMatch' | 'Range'>): Promise<Answer> {
    const { connection, bucket: Bucket } = this.store;
    return answered(async () => {
      const answer = await connection.client.send(new GetObjectCommand({ Bucket, Key: key, ...condition }));
      await answer.Body?.transformToByteArray();
      return answer;
    });
  }

  head(key: string): Promise<Answer> {
    const { connection, bucket: Bucket } = this.store;
    return answered(() => connection.client.send(new HeadObjectCommand({ Bucket, Key: key })));
  }

  async delete(key: string): Promise<void> {
    const { connection, bucket: Bucket } = this.store;
    await connection.client.send(new DeleteObjectCommand({ Bucket, Key: key }));
  }
}

async function answered(
  send: () => Promise<{ ETag?: string | undefined; $metadata: { httpStatusCode?: number } }>,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { ETag, $metadata } = await send();
      const status = $metadata.httpStatusCode ?? 200;
      return { status, text: `${status}`, etag: bareEtag(ETag) };
    } catch (thrown) {
      const { status, name } = answerOf(thrown);
      if (status === undefined || !judged.has(status) || name === 'NoSuchBucket') throw thrown;
      if (!isCrossedCondition(thrown) || attempt === attempts) {
        const isTelling = !['Unknown', 'UnknownError', 'Error', `${status}`].includes(name);
        return { status, text: isTelling ? `${status} ${name}` : `${status}`, etag: '' };
      }
      await delay(randomPauseAfter(attempt, { first: 200 }));
    }
  }
}
