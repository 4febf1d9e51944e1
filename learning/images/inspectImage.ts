/** What an ingest must know of a picture: its size and hash, or why it is put aside. */
import type { Quarantined } from '../../contracts/data/dataset.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import type { Size } from './cropGeometry.js';
import {
  isJpeg,
  isTransparent,
  openPicture,
  pictureFacts,
  readsHeic,
  unusualRangeOf,
  type PictureFacts,
} from './formats/decoder.js';
import { decoderFault, faultText, type DecoderFault } from './formats/decoderFault.js';
import { fileOfKind, sniffFormat } from './formats/imageFormat.js';
import type { ImageFormat, Sniffed } from './formats/imageFormat.js';
import { jpegFacts } from './formats/jpegFacts.js';
import { perceptualHash } from './perceptualHash.js';
import { decodingBytes, pictureMemory, type PictureMemory } from './memory/pictureMemory.js';
import type { Raster } from './resample.js';
import { endsEarly, saysEndsEarly } from './formats/truncation.js';
import { unsupportedKind } from './formats/unsupported.js';

export type InspectionLimits = Pick<DatasetSpec['quarantine'], 'leastSide' | 'maxPixels' | 'maxBytes'>;

export type Inspection =
  | {
      usable: true;
      /** Size as shown (after EXIF orientation), in pixels. */
      width: number;
      height: number;
      /** 16 hex digits. */
      perceptualHash: string;
      /** Set where it has more than 8 bits, with values of another range than its format's. */
      unusualRange?: true;
      /** Set where it has more frames or pages than the first, which alone is used. */
      animated?: true;
      /** Set where it is transparent anywhere: white is put behind it. */
      transparent?: true;
    }
  | ({ usable: false } & Pick<Quarantined, 'reason' | 'detail'>);

/**
 * Decides by content: first the kind of file, then the size its header states, and only then whether every pixel can be
 * decoded. Never throws on bad bytes. A picture is decoded when there is memory for it.
 *
 * @param decoded is called with all pixels of a usable JPEG that is not too large, for what else is made of them; what it throws is
 * thrown
 */
export async function inspectImage(
  bytes: Uint8Array,
  limits: InspectionLimits,
  { decoding }: Pick<PictureMemory, 'decoding'> = pictureMemory(),
  decoded?: (picture: Raster) => Promise<void>,
): Promise<Inspection> {
  if (bytes.byteLength === 0) return bad('empty', 'the file has no bytes');
  if (bytes.byteLength > limits.maxBytes) {
    return bad('too-many-bytes', `${bytes.byteLength} bytes, the limit is ${limits.maxBytes}`);
  }
  const sniffed = sniffReadable(bytes);
  if (sniffed.kind !== 'accepted') return refusedKind(sniffed);
  const size = takenSize(bytes, limits) ?? (await readSize(bytes));
  if ('fault' in size) return undecodable(sniffed.format, bytes, size.fault);
  const refused = refusedSize(size, limits);
  if (refused !== undefined) return refused;
  const { width, height } = size;
  if (endsEarly(sniffed.format, bytes)) return cutShort(sniffed.format);
  const found = await decoding.with(decodingBytes(size, sniffed.format), async () => {
    const picture = await decode(bytes, size, limits.maxPixels);
    if (!('fault' in picture) && isJpeg(bytes) && isHashedWhole(size)) await decoded?.(picture.raster);
    return picture;
  });
  if ('fault' in found) return undecodable(sniffed.format, bytes, found.fault);
  const { raster, unusual, transparent } = found;
  return {
    usable: true,
    width,
    height,
    perceptualHash: perceptualHash(raster),
    ...(unusual ? { unusualRange: true } : {}),
    ...(size.frames > 1 ? { animated: true } : {}),
    ...(transparent ? { transparent: true } : {}),
  };
}

/**
 * What a file's first kilobytes show: that it is no picture, or one of a size that is not taken. A picture that
 * is taken has to be seen as a whole.
 *
 * @param head the first 4 kB at least
 * @returns the same as `inspectImage` would of the whole file, or undefined when it needs more bytes
 */
export async function inspectHead(head: Uint8Array, limits: InspectionLimits): Promise<Inspection | undefined> {
  const sniffed = sniffReadable(head);
  if (sniffed.kind !== 'accepted') return refusedKind(sniffed);
  const size = await readSize(head);
  return 'fault' in size ? undefined : refusedSize(size, limits);
}

/** As the content says; what only other builds of libvips read is not accepted by this one. */
function sniffReadable(bytes: Uint8Array): Sniffed {
  const sniffed = sniffFormat(bytes);
  const isHeic = sniffed.kind === 'accepted' && sniffed.format === 'heic';
  return isHeic && !readsHeic ? { kind: 'other', name: heic } : sniffed;
}

const heic = 'HEIC';

function refusedKind(sniffed: Exclude<Sniffed, { kind: 'accepted' }>): Inspection {
  if (sniffed.kind === 'svg') return bad('svg', 'an SVG or other XML document, which may refer to other files');
  if (sniffed.kind === 'document') return bad('format-not-accepted', fileOfKind(sniffed.name));
  if (sniffed.kind === 'other') {
    const by = sniffed.name === heic ? ' (heif-convert a.heic a.jpg)' : '';
    return bad('format-not-accepted', `${fileOfKind(sniffed.name)}: convert it to JPEG or PNG first${by}`);
  }
  return bad('not-an-image', `the content is ${sniffed.looksLike}`);
}

function refusedSize({ width, height }: Size, limits: InspectionLimits): Inspection | undefined {
  if (width * height > limits.maxPixels) {
    return bad('too-many-pixels', `${width}×${height} pixels, the limit is ${limits.maxPixels} in all`);
  }
  if (Math.min(width, height) < limits.leastSide) {
    return bad('too-small', `${width}×${height} pixels, the shorter side must have ${limits.leastSide}`);
  }
  return undefined;
}

/** Of a plain JPEG; what is wrong with its header otherwise is found when it is decoded. Undefined where it is to be refused. */
function takenSize(bytes: Uint8Array, limits: InspectionLimits): PictureFacts | undefined {
  const size = jpegFacts(bytes);
  return size !== undefined && refusedSize(size, limits) === undefined ? size : undefined;
}

/** Reads the header only. */
async function readSize(bytes: Uint8Array): Promise<PictureFacts | { fault: DecoderFault }> {
  try {
    return await pictureFacts(bytes, { maxPixels: Number.MAX_SAFE_INTEGER, failOn: 'error' });
  } catch (thrown) {
    return { fault: decoderFault(thrown) };
  }
}

/** Longer side up to which a picture is hashed from its own pixels, and to which a larger one is reduced first. */
const hashedSide = 1024;

function isHashedWhole({ width, height }: Size): boolean {
  return Math.max(width, height) <= hashedSide;
}

interface Decoded {
  raster: Raster;
  /** Whether its values are of another range than its format's. */
  unusual: boolean;
  transparent: boolean;
}

/**
 * Decodes every pixel; a large picture is then reduced. Values of an unusual range are spread, so that pictures which differ do
 * not all look black.
 */
async function decode(bytes: Uint8Array, size: Size, maxPixels: number): Promise<Decoded | { fault: DecoderFault }> {
  const attempt = async (failOn: 'warning' | 'error'): Promise<Decoded> => {
    const range = await unusualRangeOf(bytes, { maxPixels, failOn });
    const picture = openPicture(bytes, { maxPixels, failOn, range });
    if (!isHashedWhole(size)) {
      picture.resize(hashedSide, hashedSide, { fit: 'inside', kernel: 'linear', fastShrinkOnLoad: false });
    }
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    const raster: Raster = { width: info.width, height: info.height, channels: 3, pixels: data };
    return { raster, unusual: range !== undefined, transparent: await isTransparent(bytes, { maxPixels, failOn }) };
  };
  try {
    return await attempt('warning');
  } catch (thrown) {
    const fault = decoderFault(thrown);
    if (!isHarmless(fault.all)) return { fault };
  }
  try {
    return await attempt('error');
  } catch (thrown) {
    return { fault: decoderFault(thrown) };
  }
}

/** Padding between JPEG segments: common in photos from old cameras, and no pixel is affected. */
function isHarmless(complaint: string): boolean {
  return (
    /extraneous bytes before marker/.test(complaint) && !/premature end|bad Huffman|corrupt.*scan/i.test(complaint)
  );
}

function undecodable(format: ImageFormat, bytes: Uint8Array, fault: DecoderFault): Inspection {
  const isCut = endsEarly(format, bytes);
  const unsupported = isCut ? undefined : unsupportedKind(format, bytes, fault);
  if (unsupported !== undefined) return bad('format-not-accepted', unsupported);
  if (isCut || saysEndsEarly(fault.all)) return cutShort(format);
  return bad('corrupt', `the ${format.toUpperCase()} file is damaged: ${faultText(fault)}`);
}

function cutShort(format: ImageFormat): Inspection {
  return bad('truncated', `the ${format.toUpperCase()} file ends too early: a part of the picture is missing`);
}

function bad(reason: Quarantined['reason'], detail: string): Inspection {
  return { usable: false, reason, detail };
}
