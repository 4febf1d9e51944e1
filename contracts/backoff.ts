/** Exponential backoff: how long to wait before the next try. */

export interface Backoff {
  /** After the first failure, in milliseconds; doubled after each further one. */
  first: number;
  /** Milliseconds at most. @default any */
  most?: number;
}

/** @param failures in a row, from 1 @returns milliseconds */
export function pauseAfter(failures: number, { first, most = Infinity }: Backoff): number {
  return Math.min(most, first * 2 ** (failures - 1));
}

/** Any share of it, so that those who failed together do not try again together (full jitter; Brooker, AWS 2015). */
export function randomPauseAfter(failures: number, backoff: Backoff): number {
  return Math.random() * pauseAfter(failures, backoff);
}
