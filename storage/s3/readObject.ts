/** Reads an object to its end, over as many connections as that takes within reason. */
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { GraftworkError } from '../../contracts/errors.js';
import { BodyTooLong, collectBody } from './collectBody.js';
import { isFailedCondition, isLostConnection, isMissingObject } from './s3Errors.js';

/** Attempts at a body whose connection breaks midway (the SDK itself only retries until the first byte). */
const attempts = 4;

/**
 * @param uri of the object, for messages
 * @param most bytes that are taken
 * @throws GraftworkError GW_OBJECT_MISSING; GW_CONFLICT when it is not the one of `IfMatch`; GW_OBJECT_TOO_LARGE; what the SDK
 * throws
 */
export async function readObject(
  client: S3Client,
  request: GetObjectCommandInput,
  uri: string,
  most?: number,
): Promise<Buffer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await client.send(new GetObjectCommand(request));
      if (answer.Body === undefined) return Buffer.alloc(0);
      return await collectBody(answer.Body as Readable, answer.ContentLength, most);
    } catch (thrown) {
      if (isMissingObject(thrown)) {
        throw new GraftworkError('GW_OBJECT_MISSING', `There is no object ${uri}.`, { cause: thrown });
      }
      if (request.IfMatch !== undefined && isFailedCondition(thrown)) {
        throw new GraftworkError('GW_CONFLICT', `${uri} has changed in the meantime.`, {
          retryable: true,
          cause: thrown,
        });
      }
      if (thrown instanceof BodyTooLong) {
        throw new GraftworkError(
          'GW_OBJECT_TOO_LARGE',
          `${uri} is too large: ${thrown.message}, at most ${most} are read.`,
          {
            cause: thrown,
          },
        );
      }
      if (!isLostConnection(thrown) || attempt === attempts) throw thrown;
      await delay(randomPauseAfter(attempt, { first: 400 }));
    }
  }
}
