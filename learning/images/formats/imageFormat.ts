/**
 * What kind of file some bytes are, by content alone and before any decoder sees them. Names and content types lie, and a
 * decoder that is offered an SVG may open what it refers to.
 */
import { isGitLfsPointer } from '../../gitLfs.js';

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'heic' | 'bmp';

/** What a person may be advised to give. */
export const takenFormats = 'JPEG, PNG, GIF, WebP, TIFF, AVIF or BMP';

export type Sniffed =
  | { kind: 'accepted'; format: ImageFormat }
  /** Certainly an image, but not of a format we take. */
  | { kind: 'other'; name: string }
  | { kind: 'document'; name: string }
  | { kind: 'svg' }
  /** @property looksLike a few words on what it seems to be instead */
  | { kind: 'unknown'; looksLike: string };

/** `a PNG file`, `an icon file` */
export function fileOfKind(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name} file`;
}

type Signature = [name: string, offset: number, bytes: string];

const accepted: [format: ImageFormat, offset: number, bytes: string][] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['gif', 0, 'GIF87a'],
  ['gif', 0, 'GIF89a'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['tiff', 0, 'II+\0'],
  ['tiff', 0, 'MM\0+'],
];

const others: Signature[] = [
  ['Photoshop', 0, '8BPS'],
  ['JPEG 2000', 0, '\0\0\0\x0cjP  '],
  ['JPEG 2000', 0, '\xff\x4f\xff\x51'],
  ['JPEG XL', 0, '\0\0\0\x0cJXL '],
  ['JPEG XL', 0, '\xff\x0a'],
  ['JPEG XR', 0, 'II\xbc'],
  ['icon', 0, '\0\0\x01\0'],
  ['OpenEXR', 0, 'v/1\x01'],
  ['Radiance HDR', 0, '#?RADIANCE'],
  ['DDS', 0, 'DDS '],
  ['QOI', 0, 'qoif'],
];

/** Brands of ISO base media files (`ftyp` box), major or compatible. */
const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

/** @param bytes the whole file, or at least its first few kilobytes */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString('latin1');
  const is = (offset: number, signature: string) => head.startsWith(signature, offset);

  const found = accepted.find(([, offset, signature]) => is(offset, signature));
  if (found !== undefined) return { kind: 'accepted', format: found[0] };
  if (is(0, 'RIFF') && is(8, 'WEBP')) return { kind: 'accepted', format: 'webp' };
  if (is(4, 'ftyp')) return sniffBrands(head);
  if (isBitmap(bytes)) return { kind: 'accepted', format: 'bmp' };
  if (/^P[1-6]\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s/.test(head)) return { kind: 'other', name: 'Netpbm' };
  const other = others.find(([, offset, signature]) => is(offset, signature));
  if (other !== undefined) return { kind: 'other', name: other[0] };
  if (is(0, '%PDF-')) return { kind: 'document', name: 'PDF' };
  return sniffText(bytes);
}

function sniffBrands(head: string): Sniffed {
  const length = Math.min(head.length, Number.parseInt(hex(head.slice(0, 4)), 16));
  const brands: string[] = [];
  for (let at = 8; at + 4 <= length; at += at === 8 ? 8 : 4) brands.push(head.slice(at, at + 4));
  if (brands.some((brand) => avifBrands.has(brand))) return { kind: 'accepted', format: 'avif' };
  if (brands.some((brand) => heicBrands.has(brand))) return { kind: 'accepted', format: 'heic' };
  return { kind: 'unknown', looksLike: `a media file of brand “${printable(brands[0] ?? '')}”` };
}

/** “BM” alone begins many a text; the header's size must be one that a BMP has. */
export function isBitmap(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 18 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return false;
  const header = new DataView(bytes.buffer, bytes.byteOffset).getUint32(14, true);
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(header);
}

function sniffText(bytes: Uint8Array): Sniffed {
  const start = decodeStart(bytes);
  if (start === undefined) return { kind: 'unknown', looksLike: 'no known format' };
  if (isGitLfsPointer(bytes))
    return { kind: 'unknown', looksLike: 'a Git LFS pointer (git lfs pull fetches the file)' };
  const body = start.trimStart();
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(body)) return { kind: 'unknown', looksLike: 'an HTML page' };
  // Every XML document counts: what it draws may stand behind an entity.
  if (/^<\?xml\b/i.test(body) || /<(?:[\w-]+:)?svg\b/i.test(body) || /^<!doctype\s+svg\b/i.test(body)) {
    return { kind: 'svg' };
  }
  return { kind: 'unknown', looksLike: 'text' };
}

/** The beginning as text in UTF-8 or UTF-16, or undefined when it is binary. */
function decodeStart(bytes: Uint8Array): string | undefined {
  const start = bytes.subarray(0, 4096);
  const utf16 =
    start[0] === 0xff && start[1] === 0xfe
      ? 'utf-16le'
      : start[0] === 0xfe && start[1] === 0xff
        ? 'utf-16be'
        : undefined;
  const text = new TextDecoder(utf16 ?? 'utf-8').decode(start);
  const strange = text.match(/[\u0000-\u0008\u000e-\u001f\ufffd]/g)?.length ?? 0;
  return strange > text.length / 20 ? undefined : text;
}

function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex') || '0';
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}
