/** JSON Lines: one value a line, so that long lists can be read by any tool, and by us without ever holding them whole. */
import type { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { textLines } from '../../contracts/textLines.js';

/** Bytes in a piece: enough that what a piece costs does not count. */
const pieceBytes = 64 * 1024;

/** In pieces of some 64 kB. */
export function* toJsonLines(values: Iterable<unknown>): Generator<Buffer> {
  let text = '';
  for (const value of values) {
    text += `${JSON.stringify(value)}\n`;
    if (text.length < pieceBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

/**
 * @param name of the object, for the message
 * @throws GraftworkError GW_CORRUPT naming the line
 */
export async function* fromJsonLines<T>(
  pieces: AsyncIterable<Uint8Array>,
  schema: z.ZodType<T>,
  name: string,
): AsyncGenerator<T> {
  let number = 0;
  for await (const line of textLines(pieces)) {
    number += 1;
    const parsed = schema.safeParse(parseLine(line));
    if (parsed.success) {
      yield parsed.data;
      continue;
    }
    const issue = parsed.error.issues[0];
    throw new GraftworkError(
      'GW_CORRUPT',
      `${name}, line ${number}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`,
      { cause: parsed.error },
    );
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
