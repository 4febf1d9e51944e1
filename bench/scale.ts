/**
 * What more images cost: real runs over the photos of a folder 1, 4 and 16 times (time, peak memory of each process, bytes
 * written), and the ingest of very many keys.
 *
 *   npm run bench scale -- [--folder <folder>] [--images 244] [--factors 1,4,16] [--keys 200000] [--json]
 *
 * With `--factors` or `--keys` alone, only that part. `--images` takes so many of the folder's photos, spread over it.
 */
import { parseArgs } from 'node:util';
import { table } from '../cli/terminal/table.js';
import { sharedData, sharedDataMissing } from '../test/fixtures/sharedData.js';
import { measuresOf, runGrowing, type RunOfSize } from './scale/growingRuns.js';
import type { IngestReport } from './scale/ingestProcess.js';
import { measureManyKeys } from './scale/manyKeys.js';
import { print } from './measures/measures.js';
import { readPhotos } from './imageFolders/photoCopies.js';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    images: { type: 'string' },
    factors: { type: 'string' },
    keys: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (values.folder === undefined && sharedDataMissing !== false) throw new Error(sharedDataMissing);
const folder = values.folder ?? sharedData('datasets/hymenoptera');
const both = values.factors === undefined && values.keys === undefined;
const factors = (values.factors ?? (both ? '1,4,16' : '')).split(',').filter(Boolean).map(Number);
const keys = Number(values.keys ?? (both ? 200_000 : 0));

const all = factors.length === 0 ? [] : await readPhotos(folder);
const every = all.length / Math.min(all.length, Number(values.images ?? all.length));
const photos = all.filter((_photo, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
const runs = await runGrowing(photos, factors);
const many = keys > 0 ? await measureManyKeys(folder, keys) : undefined;

const measures = [...measuresOf(runs), ...(many?.measures ?? [])];
if (values.json) {
  process.stdout.write(`${JSON.stringify({ measures, runs, keys: many?.steps })}\n`);
} else {
  print(measures, false);
  if (runs.length > 0) process.stdout.write(`${runTable(runs)}\n`);
  if (many !== undefined) process.stdout.write(`${stepTable(many.steps)}\n`);
}

function runTable(all: readonly RunOfSize[]): string {
  const row = (name: string, value: (run: RunOfSize) => string | number): (string | number)[] => [
    name,
    ...all.map(value),
  ];
  return table(
    ['', ...all.map(({ factor }) => `×${factor}`)],
    [
      row('images', ({ images }) => images),
      row('seconds', ({ seconds }) => seconds.toFixed(1)),
      ...Object.keys(all[0]?.stages ?? {}).map((stage) =>
        row(`  ${stage}`, ({ stages }) => stages[stage]?.toFixed(1) ?? ''),
      ),
      ...Object.keys(all.at(-1)?.peaks ?? {}).map((process) =>
        row(`peak memory of the ${process}, MB`, ({ peaks }) => peaks[process] ?? ''),
      ),
      row('written to the bucket, MB', ({ written }) => written.toFixed(0)),
    ],
  );
}

function stepTable(steps: Record<string, IngestReport>): string {
  return table(
    ['ingest', 'images', 'looked into', 'seconds', 'MB before', 'MB at the peak'],
    Object.entries(steps).map(([name, { images, read, seconds, memory }]) => [
      name,
      images,
      read,
      seconds.toFixed(1),
      memory.before.toFixed(0),
      memory.peak.toFixed(0),
    ]),
  );
}
