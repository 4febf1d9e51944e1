import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { runSpecSchema } from '../../../contracts/spec/runSpec.js';
import { decoderFault, faultText } from './decoderFault.js';
import { inspectImage } from '../inspectImage.js';
import { preprocessImage } from '../preprocessImage.js';

const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});
const settings = { resize: 32, crop: 32, store: 32, interpolation: 'bilinear' } as const;
const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: '#888', noise } });

test('of all that a decoder says the first line with a meaning is shown, whole', () => {
  for (const [said, line] of [
    ['VipsJpeg: premature end of JPEG image\nVipsJpeg: no image\n', 'VipsJpeg: premature end of JPEG image'],
    ['Input buffer has corrupt header: webp: unable to parse image\n', 'webp: unable to parse image'],
    ['source: bad seek to 1024\nsource: bad seek to 24\nheif: Corrupt frame\n (2.0)', 'heif: Corrupt frame'],
    ['Input buffer contains unsupported image format', undefined],
    ['Input buffer has corrupt header:', undefined],
    [`x: ${'long '.repeat(100)}end`, `x: ${'long '.repeat(100)}end`],
  ] as const) {
    assert.equal(decoderFault(new Error(said)).line, line);
  }
  assert.equal(faultText({ line: undefined }), 'it cannot be opened as a picture');
});

test('a cut or damaged file gets a reason of one sentence, wherever it is cut', async () => {
  for (const format of ['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif'] as const) {
    const whole = await picture.clone().toFormat(format).toBuffer();
    const damaged = [12, 60, 150, whole.length >> 2, whole.length >> 1].map((end) => whole.subarray(0, end));
    for (const bytes of [...damaged, Buffer.from(whole).fill(0x55, 40)]) {
      const found = await inspectImage(bytes, limits);
      assert(!found.usable, `${format}, ${bytes.length} bytes`);
      const name = format.toUpperCase();
      const sentences = [
        `the ${name} file ends too early: a part of the picture is missing`,
        `the ${name} file is damaged: it cannot be opened as a picture`,
      ];
      const reported = new RegExp(`^the ${name} file is damaged: the decoder reports “[^“”\\n]+”$`);
      assert(sentences.includes(found.detail) || reported.test(found.detail), found.detail);
    }
    await assert.rejects(preprocessImage(whole.subarray(0, whole.length >> 2), settings, 'a.x'), {
      code: 'GW_IMAGE_UNREADABLE',
      message: /^Could not decode a\.x: (?:the decoder reports “[^“”\n]+”|it cannot be opened as a picture)\.$/,
    });
  }
});
