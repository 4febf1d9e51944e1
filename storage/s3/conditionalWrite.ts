/** The answers to a conditional write, and which of them really mean a lost race. */
import { setTimeout as delay } from 'node:timers/promises';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { GraftworkError } from '../../contracts/errors.js';
import { attemptsOf, isCrossedCondition, isFailedCondition, isMissingObject } from './s3Errors.js';

/** Attempts at a write that was refused although its condition holds. */
const attempts = 4;

export interface ConditionalWrite {
  /** Writes the object and returns its etag. */
  send: () => Promise<string>;
  /** Whether the same write was sent before and its answer was lost. */
  sentBefore: boolean;
  /** Whether the object is now as the condition says. */
  holds: () => Promise<boolean>;
  /** The etag of the object if it holds just the bytes to be written. */
  writtenBefore: () => Promise<string | undefined>;
}

/** @throws GraftworkError GW_CONFLICT when the condition does not hold; whatever else `send` throws */
export async function conditionalWrite(
  uri: string,
  { send, sentBefore, holds, writtenBefore }: ConditionalWrite,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (thrown) {
      const crossed = isCrossedCondition(thrown);
      if (!crossed && !isFailedCondition(thrown) && !isMissingObject(thrown)) throw thrown;
      // When the answer to a write is lost, it is sent again and meets what it wrote itself: that was a success.
      const own = sentBefore || attemptsOf(thrown) > 1 ? await writtenBefore() : undefined;
      if (own !== undefined) return own;
      // AWS refuses both of two writes that cross; and a store in trouble may refuse what it should not.
      if (attempt === attempts || !(crossed || (await holds()))) {
        throw new GraftworkError('GW_CONFLICT', `Somebody else has written ${uri} in the meantime.`, { cause: thrown });
      }
      await delay(randomPauseAfter(attempt, { first: 400 }));
    }
  }
}
