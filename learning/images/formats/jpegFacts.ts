/** What the header of a plain JPEG says, without a decoder: asking libvips takes as long as a tenth of decoding. */
import type { PictureFacts } from './decoder.js';

const marker = { padding: 0xff, startOfScan: 0xda, application1: 0xe1 };
/** Baseline, extended, progressive; all with Huffman codes. */
const frames = new Set([0xc0, 0xc1, 0xc2]);
const orientationTag = 0x112;
const shortNumber = 3;

/**
 * The same as `pictureFacts` gives.
 * @returns undefined for whatever is unusual: other files, frames of other kinds, four channels, EXIF of which it is not certain what
 * it says. A decoder is then to be asked.
 */
export function jpegFacts(bytes: Uint8Array): PictureFacts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readFacts(view);
  } catch (thrown) {
    // It ends within its header.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function readFacts(view: DataView): PictureFacts | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  let size: { width: number; height: number } | undefined;
  let turned: boolean | undefined;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== marker.padding) return undefined;
    const kind = view.getUint8(at + 1);
    if (kind === marker.startOfScan) break;
    // Every segment up to the scan has a length.
    if (kind < 0xc0 || kind === marker.padding || (kind >= 0xd0 && kind <= 0xd9)) return undefined;
    if (frames.has(kind)) {
      if (size !== undefined || view.getUint8(at + 4) !== 8) return undefined;
      if (![1, 3].includes(view.getUint8(at + 9))) return undefined;
      size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else if (kind === marker.application1 && isExif(view, at + 4)) {
      if (turned !== undefined) return undefined;
      turned = isTurned(view, at + 10, at + 2 + view.getUint16(at + 2));
      if (turned === undefined) return undefined;
    }
  }
  if (size === undefined || size.width === 0 || size.height === 0) return undefined;
  const { width, height } = size;
  return { ...(turned === true ? { width: height, height: width } : size), format: 'jpeg', frames: 1 };
}

function isExif(view: DataView, at: number): boolean {
  return view.getUint32(at) === 0x45786966;
}

/** Whether width and height are the other way round. @param end of the segment */
function isTurned(view: DataView, at: number, end: number): boolean | undefined {
  const order = view.getUint16(at);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(at + 2, little) !== 42) return undefined;
  const directory = at + view.getUint32(at + 4, little);
  const count = view.getUint16(directory, little);
  if (directory + 2 + 12 * count > end) return undefined;
  let orientation: number | undefined;
  for (let entry = directory + 2; entry < directory + 2 + 12 * count; entry += 12) {
    if (view.getUint16(entry, little) !== orientationTag) continue;
    const isOneShort = view.getUint16(entry + 2, little) === shortNumber && view.getUint32(entry + 4, little) === 1;
    if (!isOneShort || orientation !== undefined) return undefined;
    orientation = view.getUint16(entry + 8, little);
  }
  if (orientation === undefined) return false;
  return orientation >= 1 && orientation <= 8 ? orientation >= 5 : undefined;
}
