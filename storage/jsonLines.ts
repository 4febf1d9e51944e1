/** JSON Lines: one value a line, so that long lists can be read by any tool. */
import type { z } from 'zod';
import { GraftworkError } from '../contracts/errors.js';

export function toJsonLines(values: readonly unknown[]): Buffer {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/**
 * @param name of the object, for the message
 * @throws GraftworkError GW_CORRUPT naming the line
 */
export function fromJsonLines<T>(bytes: Buffer, schema: z.ZodType<T>, name: string): T[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const parsed = schema.safeParse(parseLine(line));
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new GraftworkError(
        'GW_CORRUPT',
        `${name}, line ${index + 1}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`,
        { cause: parsed.error },
      );
    });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
