/** Every table that the commands print, on screens of several widths. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatasetManifest } from '../../contracts/data/dataset.js';
import type { ForgetReport } from '../../storage/forgetting/forgetPictures.js';
import { changedKinds } from '../../storage/forgetting/changes.js';
import type { RunSummary } from '../../client/runs/runList.js';
import type { ScheduleStatus } from '../../client/schedules/scheduleStatus.js';
import type { Tick } from '../../client/schedules/ticks.js';
import { checkText } from '../doctor/checkText.js';
import { datasetsTable, versionText, type MetVersion } from './datasetText.js';
import { forgottenText, tombstonesText } from './pictureText.js';
import { runsTable } from './runsTable.js';
import { schedulesTable, scheduleText, ticksTable } from './scheduleText.js';
import { items } from '../terminal/table.js';
import { displayWidth, foldedText } from '../terminal/words.js';

const at = '2025-01-31T14:25:01.000Z';
const digest = '9f3c5ad80c11e7b2'.repeat(4);
const run = 'train-emoji-20250131-142501-9f3c5ad80c11e7b2';
const source = 's3://graftwork/photos/birds';

const runs = [
  { run, status: 'completed', waitsForApproval: true, stage: 'done', top1: 0.92, backbone: 'efficientnet_lite0' },
  { run: 'train-x', status: 'running', waitsForApproval: false, stage: 'fine-tune-1', top1: null, backbone: null },
].map((one) => ({ ...one, startedAt: at })) as unknown as RunSummary[];

const schedule = {
  ...{ model: 'birds', dataset: source, paused: false, note: 'created', next: [at, at], running: [run] },
  ...{ counts: { taken: 12, skipped: 1, missed: 0 }, promotion: 'approve', warmStart: true },
  policies: { overlap: 'skip', catchupSeconds: 3600, timeoutSeconds: 77_760 },
} as unknown as ScheduleStatus;

const ticks = [
  { at, workflow: 'w', status: 'trained', seconds: 75, reason: 'the data has changed: 12 pictures were added' },
  { at, workflow: 'w', status: 'unchanged', seconds: 2, reason: 'nothing has changed since the model in production' },
].map((tick) => ({ ...tick, run, model: { name: 'birds', version: 2 }, top1: 0.92, promotion: null })) as Tick[];

const duplicates = { exact: 1, near: 0, acrossSplits: 1, acrossClasses: 0 };
const manifest = {
  ...{ version: digest, uri: source, createdAt: at, classes: ['ants', 'bees'], quarantined: 2, duplicates },
  counts: { train: 245, validation: 30, test: 153 },
  splitOrigin: { train: 'given', validation: 'drawn', test: 'given' },
  classCounts: { train: [123, 122], validation: [15, 15], test: [70, 83] },
} as unknown as DatasetManifest;

const sightings = [{ uri: source, firstAt: at, lastAt: at }] as unknown as MetVersion['sightings'];
const version = versionText(
  { manifest, sightings },
  ['1 picture is in two splits, so the figures may flatter the model.'],
  [
    { path: 'train/ants/a-rather-long-name-of-a-picture-0013.jpg', reason: 'unreadable', detail: 'its end is missing' },
    { path: 'b.txt', reason: 'format', detail: 'no picture: JPEG, PNG, WebP, GIF, TIFF, AVIF and BMP are taken' },
  ] as unknown as Parameters<typeof versionText>[2],
  [
    { kind: 'exact', paths: ['train/ants/0013.jpg', 'test/bees/0014.jpg'], splits: ['train', 'test'] },
  ] as unknown as Parameters<typeof versionText>[3],
  (uri) => uri,
);

const forgotten: ForgetReport = {
  ...{ dryRun: true, digests: [digest], retired: [digest], localCopies: 3 },
  sightings: [
    {
      version: digest,
      uri: source,
      split: 'train',
      class: 'ants',
      image: { bucket: 'graftwork', key: 'ants/0013.jpg' },
    },
  ],
  models: { learned: [{ name: 'birds', version: 2, through: null }], validated: [], tested: [] },
  leftInSources: [`${source}/train/ants/0013.jpg`],
  closedSources: [{ uri: source, reason: 'access denied' }],
  manifests: [`${source}/list.csv`],
  changes: Object.fromEntries(changedKinds.map((kind) => [kind, { deleted: 12, rewritten: 1 }])),
} as unknown as ForgetReport;

const long = '/home/somebody/projects/photos/.graftwork/tools/temporal';

/** Made anew for each width. */
const texts: Record<string, () => string> = {
  runs: () => runsTable(runs),
  'schedule list': () => schedulesTable([schedule]),
  'schedule show': () => `${scheduleText(schedule)}\n\n${ticksTable(ticks)}`,
  'datasets list': () => datasetsTable([{ manifest, sightings }], (uri) => uri),
  'datasets forget': () => forgottenText(forgotten, (uri) => uri),
  'datasets forgotten': () =>
    tombstonesText([{ sha256: digest, at, by: 'ada', reason: 'withdrawn consent', completedAt: at } as never]),
  doctor: () =>
    [
      checkText({ name: 'node', state: 'ok', detail: '20.20.2', remedy: null }),
      checkText({ name: 'temporal server', state: 'fail', detail: `nobody answers at ${long}`, remedy: 'Start it.' }),
    ].join('\n'),
};

function onScreen<T>(width: number, call: () => T): T {
  const before = process.env['COLUMNS'];
  process.env['COLUMNS'] = String(width);
  try {
    return call();
  } finally {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  }
}

for (const [name, text] of Object.entries(texts)) {
  test(`${name} fits 60, 80 and 120 columns, with whole heads, and no column is torn`, () => {
    for (const width of [60, 80, 120]) {
      const laid = onScreen(width, text);
      // As a command's answer is written.
      const shown = foldedText(laid, width);
      for (const line of shown.split('\n'))
        assert.ok(displayWidth(line) <= width || !line.trim().includes(' '), `${width}: ${line}`);
      const isLaidOut = (line: string): boolean => /\S {2,}\S/.test(line);
      assert.deepEqual(shown.split('\n').filter(isLaidOut), laid.split('\n').filter(isLaidOut), String(width));
      if (/top-1/.test(shown)) assert.match(shown, /test top-1/, `${width}\n${shown}`);
      if (/sha256/.test(shown)) assert.match(shown, new RegExp(digest));
    }
  });
}

test('what was put aside has its reason beside it, or below it where that has no room', () => {
  const pairs = [['ants/a-rather-long-name-of-a-picture-0013.jpg', 'unreadable: its end is missing']] as const;
  assert.deepEqual(items(pairs, 80), [`  ${pairs[0][0]}  ${pairs[0][1]}`]);
  assert.deepEqual(items(pairs, 60), [`  ${pairs[0][0]}`, `      ${pairs[0][1]}`]);
  assert.match(version, /Put aside \(2\):\n {2}train\/ants/);
});

test('a word that has no room behind its indent moves only as far as it must', () => {
  const line = `${' '.repeat(40)}callers have to send GRAFTWORK_CODEC_TOKEN.`;
  for (const one of foldedText(line, 60).split('\n')) assert.match(one, /^ {2}/);
});
