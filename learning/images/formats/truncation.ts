/**
 * Whether a file was cut short, by its own structure. Decoders often go on with what is missing as zeros or grey, and a
 * person repairs a cut file (fetch it again) differently from a damaged one.
 */
import { bitmapEndsEarly } from './bitmap.js';
import type { ImageFormat } from './imageFormat.js';

/** True when the structure says that the end of the file is missing. */
export function endsEarly(format: ImageFormat, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case 'jpeg':
      return jpegEndsEarly(view);
    case 'png':
      return pngEndsEarly(view);
    case 'webp':
      return view.byteLength < 12 || view.getUint32(4, true) + 8 > view.byteLength;
    case 'avif':
    case 'heic':
      return boxesEndEarly(view);
    case 'tiff':
      return tiffEndsEarly(view);
    case 'bmp':
      return bitmapEndsEarly(bytes);
    case 'gif':
      // Its blocks carry no total length; what its decoder says decides.
      return false;
  }
}

/** True when the decoder ran out of bytes (as opposed to meeting wrong ones). */
export function saysEndsEarly(complaint: string): boolean {
  return /premature end of JPEG|truncated|unexpected end|end of file|EOD|insufficient data|no frames/i.test(complaint);
}

/** Walks the segments up to the first scan; behind it an end marker must come (a thumbnail's own lies before it). */
function jpegEndsEarly(view: DataView): boolean {
  let at = 2;
  while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    at += 2 + view.getUint16(at + 2);
    if (marker === 0xda) return !hasEndMarker(view, at);
  }
  return at + 4 > view.byteLength;
}

function hasEndMarker(view: DataView, from: number): boolean {
  const rest = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return rest.indexOf('\xff\xd9', Math.min(from, view.byteLength), 'latin1') !== -1;
}

/** A sound file reaches IEND before its bytes end. */
function pngEndsEarly(view: DataView): boolean {
  for (let at = 8; at + 12 <= view.byteLength;) {
    if (view.getUint32(at + 4) === 0x49454e44) return false;
    at += 12 + view.getUint32(at);
  }
  return true;
}

/** Boxes of an ISO base media file: a length of 0 means up to the end, 1 a 64-bit length. */
function boxesEndEarly(view: DataView): boolean {
  for (let at = 0; at < view.byteLength;) {
    if (at + 16 > view.byteLength) return true;
    const short = view.getUint32(at);
    if (short === 0) return false;
    at += short === 1 ? Number(view.getBigUint64(at + 8)) : Math.max(short, 8);
    if (at > view.byteLength) return true;
  }
  return false;
}

/** The directory often stands at the end, so a cut file lacks it. */
function tiffEndsEarly(view: DataView): boolean {
  if (view.byteLength < 16) return true;
  const little = view.getUint8(0) === 0x49;
  const big = view.getUint16(2, little) === 43;
  const directory = big ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little);
  return directory + 2 > view.byteLength;
}
