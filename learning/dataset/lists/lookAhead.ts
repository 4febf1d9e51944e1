/** The beginning of a list, which shows how the rest is read. */

/** Bytes within which the first line of a list ends. */
const longestHeader = 2 ** 20;

/** The first line that is not empty, and the text as if nobody had looked. */
export async function lookAhead(
  text: AsyncGenerator<Uint8Array>,
): Promise<{ firstLine: string; whole: AsyncGenerator<Uint8Array> }> {
  const seen: Uint8Array[] = [];
  let begin = '';
  let bytes = 0;
  while (!/\S.*[\r\n]/.test(begin) && bytes < longestHeader) {
    const next = await text.next();
    if (next.done === true) break;
    seen.push(next.value);
    bytes += next.value.length;
    begin = Buffer.concat(seen).toString('utf8');
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* text;
  }
  return { firstLine: /\S.*/.exec(begin)?.[0] ?? '', whole: whole() };
}
