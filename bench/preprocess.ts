/**
 * Photos to squares of pixels against torchvision's ImageFolder and DataLoader: decoding and resizing alone, from files; and
 * ingest and preprocessing as a run does them, from an S3 server on the same machine.
 *
 *   npm run bench preprocess -- [<folder of class folders>] [--photos 2000] [--repetitions 5] [--json]
 */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { ingestAndPreprocess } from './imageFolders/ingestAndPreprocess.js';
import { alternate, compare, print } from './measures/measures.js';
import { PeerProcess } from './peers/peerProcess.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photos: { type: 'string', default: '2000' },
    repetitions: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? sharedData('datasets/hymenoptera/train');
const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(jpe?g|png|webp)$/i.test(name));
const settings = { resize: 256, store: 256, crop: 224, interpolation: 'bilinear' } as const;
const [photos, repetitions] = [Number(values.photos), Number(values.repetitions)];

const pixelsAlone = async (): Promise<number> => {
  const began = performance.now();
  await pMap(names, async (name) => preprocessImage(await readFile(join(folder, name)), settings, name), {
    concurrency: 2 * availableParallelism() + 2,
  });
  return (names.length * 1000) / (performance.now() - began);
};

const peer = await PeerProcess.start('preprocess.py', [folder, '--workers', String(availableParallelism())]);
const peerRate = async (): Promise<number> => names.length / (await peer.step());
await pixelsAlone();
const alone = await alternate(repetitions, { ours: pixelsAlone, peer: peerRate });
await using whole = await ingestAndPreprocess(folder, photos);
const inRun = await alternate(repetitions, { ours: () => whole.photosPerSecond(), peer: peerRate });
await peer.stop();
print(
  [
    compare(`preprocessing ${names.length} photos, ours ÷ torchvision`, alone, 'images/s', 'ours ÷ peer'),
    compare(`ingest + preprocessing of ${photos} photos, ours ÷ torchvision`, inRun, 'images/s', 'ours ÷ peer'),
  ],
  values.json,
);
