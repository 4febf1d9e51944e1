/**
 * Lines of a text that arrives in pieces, without their line feeds; a last line without one counts too. Line feeds alone
 * end a line: JSON may hold every other character that ends lines elsewhere.
 *
 * @param pieces UTF-8; a character may be cut in two
 */
export async function* textLines(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // A line may be longer than a piece, so its parts are joined once, when it is whole.
  let parts: string[] = [];
  for await (const piece of pieces) {
    const [head = '', ...tail] = decoder.decode(piece, { stream: true }).split('\n');
    parts.push(head);
    for (const next of tail) {
      yield parts.join('');
      parts = [next];
    }
  }
  parts.push(decoder.decode());
  const last = parts.join('');
  if (last !== '') yield last;
}
