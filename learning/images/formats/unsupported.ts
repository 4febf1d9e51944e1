/** Files that are sound, of a format that is taken, and yet of a kind that is not read: nobody has to fetch them again. */
import { bitmapSize, UnsupportedBitmap } from './bitmap.js';
import { faultText, type DecoderFault } from './decoderFault.js';
import { fileOfKind, type ImageFormat } from './imageFormat.js';

/** How decoders say that they do not read this. sharp says “unsupported image format” of whatever cannot be opened. */
const refusals =
  /unsupported (?!image format)|not supported|not implemented|not configured|has not been built in|exceeds channel limit/i;

/**
 * What a file is that cannot be decoded for no fault of its own, in a few words; undefined for a damaged one.
 * @param fault what the decoder said
 */
export function unsupportedKind(format: ImageFormat, bytes: Uint8Array, fault: DecoderFault): string | undefined {
  if (format === 'avif' && hasSequenceBrand(bytes)) return 'an animated AVIF file: save its first frame as a picture';
  const kind = format === 'tiff' ? unusualTiff(bytes) : format === 'bmp' ? unusualBitmap(bytes) : undefined;
  if (kind !== undefined) return kind;
  return refusals.test(fault.all)
    ? `${fileOfKind(format.toUpperCase())} of a kind that is not supported: ${faultText(fault)}`
    : undefined;
}

/** The brand of image sequences among those of the file, major or compatible. */
function hasSequenceBrand(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 512));
  const brands = head.subarray(8, Math.min(head.length, head.readUInt32BE(0)));
  return brands.toString('latin1').includes('avis');
}

function unusualBitmap(bytes: Uint8Array): string | undefined {
  try {
    bitmapSize(bytes);
    return undefined;
  } catch (thrown) {
    return thrown instanceof UnsupportedBitmap ? thrown.message : undefined;
  }
}

const tags = { bitsPerSample: 258, samplesPerPixel: 277, sampleFormat: 339 };
/** What libvips makes of channels: grey or colour, each with transparency. */
const mostChannels = 4;

/** The first directory says how many channels there are, and of what numbers. */
function unusualTiff(bytes: Uint8Array): string | undefined {
  const {
    [tags.samplesPerPixel]: channels = 1,
    [tags.bitsPerSample]: bits = 1,
    [tags.sampleFormat]: numbers = 1,
  } = firstDirectory(bytes);
  if (channels > mostChannels) return `a TIFF file of ${channels} channels: at most ${mostChannels} are supported`;
  if (numbers >= 5) return 'a TIFF file of complex numbers, which are not supported';
  return bits > 32 ? `a TIFF file of ${bits}-bit numbers: at most 32 bits are supported` : undefined;
}

/** Numbers by tag, of several the first; empty where there is no directory in its place. */
function firstDirectory(bytes: Uint8Array): Record<number, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Record<number, number> = {};
  try {
    const little = view.getUint8(0) === 0x49;
    const big = view.getUint16(2, little) === 43;
    const at = big ? Number(view.getBigUint64(8, little)) : view.getUint32(4, little);
    const count = big ? Number(view.getBigUint64(at, little)) : view.getUint16(at, little);
    const [first, size, inline] = big ? [at + 8, 20, 12] : [at + 2, 12, 8];
    for (let index = 0; index < count; index += 1) {
      const entry = first + index * size;
      const values = big ? Number(view.getBigUint64(entry + 4, little)) : view.getUint32(entry + 4, little);
      // All three are 16-bit numbers; more than fit stand elsewhere.
      const fits = values * 2 <= (big ? 8 : 4);
      const place = big ? Number(view.getBigUint64(entry + inline, little)) : view.getUint32(entry + inline, little);
      found[view.getUint16(entry, little)] = view.getUint16(fits ? entry + inline : place, little);
    }
  } catch (thrown) {
    // A directory that points out of the file is a damaged one.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return found;
}
