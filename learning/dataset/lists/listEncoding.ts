/**
 * What encoding a list of images is in. Spreadsheets write UTF-8, with a byte-order mark or without; UTF-16, as “Unicode
 * text”; or the code page of the system, which in the west is Windows-1252.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { invalidList } from './invalidList.js';

const remedy = 'Save the list as UTF-8: “CSV UTF-8” in Excel, “Unicode (UTF-8)” in LibreOffice.';

/** How the files of spreadsheet programs begin: a zip archive, and the older compound file. */
const workbooks = [Buffer.from('504b0304', 'hex'), Buffer.from('d0cf11e0', 'hex')];

/** Bytes at the beginning that show the encoding. */
const markBytes = 4;

/** A letter of UTF-8 that is read byte by byte as Windows-1252, such as `Ã¤`: its second byte lies from 0x80 to 0xbf. */
const utf8Inside = /[\u00c2-\u00df][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;

/** Western words have no three such characters in a row; Cyrillic, Greek or Chinese that is read as if it were western has. */
const foreign = /[^\0-\x7f]{3}/u;

/** What Windows-1252 has from 0x80 to 0x9f, where Latin-1 has nothing to print; a space: no character. */
const beyondLatin1 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

/** Bytes that Windows-1252 gives no character. */
const undefinedBytes = /[\u0080-\u009f]/u;

/**
 * The list in UTF-8, without a byte-order mark. Text that is not UTF-8 is read as Windows-1252 where it can be that.
 *
 * @param pieces of the file; a character may be cut in two
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line whose encoding is not known, or a workbook
 */
export async function* utf8Pieces(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): AsyncGenerator<Buffer> {
  const { start, rest } = await splitStart(pieces);
  if (workbooks.some((begin) => start.subarray(0, begin.length).equals(begin))) {
    throw invalidList(name, 'it is a workbook, not a text file', 'Export the sheet as “CSV UTF-8” and give that file.');
  }
  const utf16 = utf16Of(start);
  yield* utf16 === undefined ? fromBytes(start, rest, name) : fromUtf16(utf16, start, rest, name);
}

async function splitStart(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ start: Buffer; rest: AsyncGenerator<Uint8Array> }> {
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const rest = all();
  let start = Buffer.alloc(0);
  while (start.length < markBytes) {
    const next = await rest.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  return { start, rest };
}

/** By the byte-order mark, or by the zero beside the first letter. */
function utf16Of(start: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = start;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== undefined && second !== 0)) return 'utf-16be';
  return undefined;
}

async function* fromUtf16(
  encoding: 'utf-16le' | 'utf-16be',
  start: Buffer,
  rest: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const lines = new LineCount();
  const decode = (piece?: Uint8Array): Buffer => {
    try {
      const text = decoder.decode(piece, { stream: piece !== undefined });
      lines.add(text);
      return Buffer.from(text);
    } catch {
      throw invalidList(`${name}, line ${lines.current} or later`, 'it is not UTF-16 throughout', remedy);
    }
  };
  yield decode(start);
  for await (const piece of rest) yield decode(piece);
  yield decode();
}

/** UTF-8, or Windows-1252 when the first byte beyond ASCII is not UTF-8. */
async function* fromBytes(start: Buffer, rest: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer> {
  const reader = new BytesReader(name);
  const marked = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
  if (marked) reader.encoding = 'utf-8';
  yield reader.read(marked ? start.subarray(3) : start, false);
  for await (const piece of rest) yield reader.read(piece, false);
  yield reader.read(Buffer.alloc(0), true);
}

class BytesReader {
  /** What the first character beyond ASCII, or the byte-order mark, has shown. */
  encoding: 'ascii' | 'utf-8' | 'windows-1252' = 'ascii';
  private readonly lines = new LineCount();
  /** A character of which the rest is in the next piece. */
  private pending = Buffer.alloc(0);
  /** The last characters of the piece before, which one of this piece may follow. */
  private seam = '';

  constructor(private readonly name: string) {}

  /** @param last whether no piece follows */
  read(piece: Uint8Array, last: boolean): Buffer {
    const bytes = Buffer.concat([this.pending, piece]);
    const end = last || this.encoding === 'windows-1252' ? bytes.length : wholeCharacters(bytes);
    this.pending = bytes.subarray(end);
    const whole = bytes.subarray(0, end);
    if (this.encoding === 'windows-1252') return this.readWestern(whole);
    if (isUtf8(whole)) {
      if (!isAscii(whole)) this.encoding = 'utf-8';
      this.lines.add(whole.toString());
      return whole;
    }
    const sound = new TextDecoder('utf-8').decode(whole).split('\ufffd', 1)[0] ?? '';
    if (this.encoding === 'utf-8' || !isAscii(Buffer.from(sound))) throw this.refuse(sound, 'it is not UTF-8');
    this.encoding = 'windows-1252';
    return this.readWestern(whole);
  }

  private readWestern(bytes: Buffer): Buffer {
    const text = windows1252(bytes);
    const seamed = this.seam + text;
    for (const pattern of [undefinedBytes, foreign, utf8Inside]) {
      const found = pattern.exec(seamed);
      if (found === null) continue;
      throw this.refuse(
        text.slice(0, Math.max(0, found.index - this.seam.length)),
        'its encoding is neither UTF-8 nor Windows-1252',
      );
    }
    this.seam = seamed.slice(-2);
    this.lines.add(text);
    return Buffer.from(text);
  }

  private refuse(before: string, fault: string): Error {
    this.lines.add(before);
    return invalidList(`${this.name}, line ${this.lines.current}`, fault, remedy);
  }
}

/** Bytes without a character come out as control characters. Node's own decoder takes it for Latin-1. */
function windows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\u0080-\u009f]/gu, (letter) => {
    const printed = beyondLatin1.charAt(letter.charCodeAt(0) - 0x80);
    return printed === ' ' ? letter : printed;
  });
}

/** Where the last character that may be cut in two begins, else the length. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

class LineCount {
  /** Of the character that comes next, from 1. */
  current = 1;

  add(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.current += 1;
  }
}
