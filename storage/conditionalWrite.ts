/** What a conditional write may be told, and what of it is really a lost race. */
import { setTimeout as delay } from 'node:timers/promises';
import { GraftworkError } from '../contracts/errors.js';
import { attemptsOf, isCrossedCondition, isFailedCondition, isMissingObject } from './s3Errors.js';

/** Attempts at a write that crossed another one, which AWS does not decide but refuses to both. */
const attempts = 4;

/**
 * @param send writes the object and returns its etag
 * @param writtenBefore the etag of the object if it holds just the bytes to be written
 * @throws GraftworkError GW_CONFLICT when the condition does not hold; whatever else `send` throws
 */
export async function conditionalWrite(
  uri: string,
  send: () => Promise<string>,
  writtenBefore: () => Promise<string | undefined>,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (thrown) {
      const crossed = isCrossedCondition(thrown);
      if (crossed && attempt < attempts) {
        await delay(Math.random() * 200 * 2 ** attempt);
        continue;
      }
      if (!crossed && !isFailedCondition(thrown) && !isMissingObject(thrown)) throw thrown;
      // When the answer to a write is lost, the SDK sends it again and meets what it wrote itself: that was a success.
      const own = attemptsOf(thrown) > 1 ? await writtenBefore() : undefined;
      if (own !== undefined) return own;
      throw new GraftworkError('GW_CONFLICT', `${uri} was written by somebody else meanwhile.`, { cause: thrown });
    }
  }
}
