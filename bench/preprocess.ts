/**
 * Photos to squares of pixels: what the cpu pool does, from files, against torchvision's ImageFolder and DataLoader.
 *
 *   npm run bench preprocess -- [<folder of class folders>] [--repetitions 5] [--json]
 */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { alternate, compare, print } from './measures/measures.js';
import { PeerProcess } from './peers/peerProcess.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const folder = positionals[0] ?? sharedData('datasets/hymenoptera/train');
const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(jpe?g|png|webp)$/i.test(name));
const settings = { resize: 256, store: 256, crop: 224, interpolation: 'bilinear' } as const;

const ours = async (): Promise<number> => {
  const began = performance.now();
  await pMap(names, async (name) => preprocessImage(await readFile(join(folder, name)), settings, name), {
    concurrency: 2 * availableParallelism() + 2,
  });
  return (names.length * 1000) / (performance.now() - began);
};

const peer = await PeerProcess.start('preprocess.py', [folder, '--workers', String(availableParallelism())]);
await ours();
const samples = await alternate(Number(values.repetitions), {
  ours,
  peer: async () => names.length / (await peer.step()),
});
await peer.stop();
print(
  [compare(`preprocessing ${names.length} photos, ours ÷ torchvision`, samples, 'images/s', 'ours ÷ peer')],
  values.json,
);
