/** What `predict` says of pictures that a network may not see as a person does, on an S3 server in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { answerNotes } from '../../client/text/pictureNotes.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { runSpecSchema } from '../../contracts/spec/runSpec.js';
import { MemoryS3 } from '../../test/s3/memoryS3.js';
import { preparedImages } from './preparedImages.js';

const limits = runSpecSchema.shape.dataset.shape.quarantine.parse({});
const input: InputSettings = {
  ...{ resize: 16, crop: 16, store: 16, interpolation: 'bilinear' },
  ...{ mean: [0, 0, 0], std: [1, 1, 1] },
};

test('animated and transparent pictures are noted, each kind once with its number', async () => {
  const store = new MemoryS3().store('photos');
  const drawn = (alpha: number) =>
    sharp({ create: { width: 16, height: 16, channels: 4, background: { r: 9, g: 9, b: 9, alpha } } });
  const frames = Uint8Array.from({ length: 16 * 32 * 3 }, (_, index) => (index * 7) % 251);
  const film = sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } });
  const pictures = {
    'plain.png': await drawn(1).png().toBuffer(),
    'clear.png': await drawn(0.5).png().toBuffer(),
    'film.gif': await film.clone().gif().toBuffer(),
    'film.webp': await film.clone().webp().toBuffer(),
  };
  for (const [name, bytes] of Object.entries(pictures)) await store.put(name, bytes);
  const images = Object.keys(pictures).map((name) => ({ name, bucket: 'photos', key: name }));
  const prepared = await preparedImages(store, { input, limits }, images, 'fail');
  const answers = prepared.flatMap(({ image, notes }) =>
    notes.length === 0 ? [] : [{ path: image.name, class: 'a', score: 1, top: [], notes }],
  );
  assert.deepEqual(answerNotes(answers as never), [
    'only the first frame or page is used of 2 pictures (film.gif, film.webp).',
    'white is put behind the transparent parts of 1 picture (clear.png).',
  ]);
});
