/** `graftwork train` and what follows it, as a person or a script calls them: a real stack with workers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { modelExportSchema } from '../../contracts/models/export.js';
import type { ForgetReport, LabelReview } from '../../client/index.js';
import { checkout } from '../../infra/stack.js';
import { modelCardSchema } from '../../contracts/models/modelCard.js';
import { pictureTestSchema } from '../../contracts/models/pictureTest.js';
import { predictionsSchema } from '../../contracts/models/predictions.js';
import { rankReportSchema } from '../../contracts/models/ranking.js';
import { runResultSchema } from '../../contracts/run/result.js';
import type { RunResult } from '../../contracts/run/result.js';
import { packagedBackbones } from '../fixtures/packagedBackbones.js';
import { CommandsProcess } from './commands.js';
import { PackedProject } from './packedProject.js';
import { runCommand } from '../stacks/runCommand.js';
import type { Outcome } from '../stacks/runCommand.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const skip = stackUnavailable || sharedDataMissing;
const tiny = sharedData('datasets/tiny');
const fewPixels = ['--set', 'preprocess.resize=72', 'preprocess.crop=64'];
const quick = [...fewPixels, 'head.epochs=2', 'fineTune=[]', 'augmentation.views=1', 'refit=false'];

const where = (): Record<string, string> => ({ GRAFTWORK_HOME: stack.home });

/** What a run tests beside its model. */
const tested = ['--set', 'evaluation.folds=3', 'evaluation.fineTuneFolds=2', 'imbalance=auto'];

let stack: StackForTests;
let commands: CommandsProcess;
let trained: Outcome;
let result: RunResult;

function graftwork(...args: string[]): Promise<Outcome> {
  return commands.call(args, where());
}

before(async () => {
  if (skip !== false) return;
  commands = new CommandsProcess();
  stack = await StackForTests.start();
  trained = await runCommand(['train', tiny, '--json', ...quick, ...tested], where());
  result = runResultSchema.parse(JSON.parse(trained.stdout));
});
after(async () => {
  if (skip !== false) return;
  await commands[Symbol.asyncDispose]();
  await stack.stop();
});

test('train --json prints the run’s result and nothing else on stdout; progress goes to stderr', { skip }, () => {
  assert.equal(trained.code, 0, trained.stderr);
  assert.equal(result.status, 'completed');
  assert.equal(result.test?.interval.length, 2);
  assert.deepEqual([result.folds?.folds, result.folds?.count, result.folds?.tested], [3, 36, 12]);
  assert.deepEqual([result.fineTuneFolds?.folds, result.fineTuneFolds?.count], [2, 36]);
  assert.deepEqual([result.imbalance?.chosen, result.imbalance?.rows], ['plain', []]);
  assert.match(trained.stderr, /run train-tiny-\S+ started/);
  assert.match(trained.stderr, /head: 2 epochs/);
});

test(
  'report writes one file, and says in JSON what it says; a folder that is not there is the user’s mistake',
  { skip },
  async () => {
    const out = join(stack.home, 'report.html');
    const { code, stdout, stderr } = await graftwork('report', result.run, '--out', out, '--json');
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as { out: string; bytes: number; verdict: string };
    const html = await readFile(out, 'utf8');
    assert.deepEqual([report.out, report.bytes], [out, Buffer.byteLength(html)]);
    // A number and its unit stay on one line of the page.
    assert.ok(html.replaceAll('\u00A0', ' ').includes(report.verdict));
    const nowhere = await graftwork('report', result.run, '--out', join(stack.home, 'no-such', 'report.html'));
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /cannot be written: its folder does not exist/);
    assert.equal((await graftwork('report', '--compare', result.run)).code, 2);
  },
);

test('show --json gives the same result', { skip }, async () => {
  const { code, stdout } = await graftwork('show', result.run, '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), result);
});

test(
  'predict takes the model by its run, names what it cannot read, and fails if that is all or some',
  { skip },
  async () => {
    const bad = sharedData('bad-inputs/bad-text.png');
    const some = await graftwork('predict', result.run, join(tiny, 'val/roses'), bad, '--top', '1', '--json');
    assert.equal(some.code, 1, some.stderr);
    assert.match(some.stderr, /1 picture of 7 could not be read/);
    const { predictions } = predictionsSchema.parse(JSON.parse(some.stdout));
    assert.equal(predictions.length, 6);
    assert.ok(predictions.every(({ top }) => top.length === 1));
    assert.match(some.stderr, /bad-text\.png cannot be read|bad-text\.png: cannot be read/);

    const odd = [sharedData('odd-inputs/dark/grey12in16.png'), sharedData('odd-inputs/wide/a/0.png')];
    const noted = await graftwork('predict', result.run, ...odd, join(tiny, 'val/roses'), '--json');
    assert.equal(noted.code, 0, noted.stderr);
    const answers = predictionsSchema.parse(JSON.parse(noted.stdout)).predictions;
    assert.deepEqual(
      answers.flatMap(({ path, notes = [] }) => notes.map((note) => [path, note])),
      [
        [odd[0], 'unusual-range'],
        [odd[1], 'partly-seen'],
      ],
    );
    assert.match(noted.stderr, /makes 1 picture \(.*png\) nearly black.*Train the model again.*range=auto/);
    assert.match(noted.stderr, /cuts 1 picture \(.*png\) to less than half.*fit=pad/);

    const none = await graftwork('predict', 'tiny', bad);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /GW_IMAGE_UNREADABLE/);
  },
);

test('evaluate leaves out what the model was trained on, and writes a report', { skip }, async () => {
  const out = join(stack.home, 'second-test.html');
  const { code, stdout, stderr } = await graftwork('evaluate', result.run, tiny, '--out', out, '--json');
  assert.equal(code, 0, stderr);
  const { evaluation, leaks, uri } = pictureTestSchema.parse(JSON.parse(stdout));
  assert.deepEqual([evaluation.count, evaluation.top1, uri], [result.test?.count, result.test?.top1, tiny]);
  assert.deepEqual([leaks.counts.identical, leaks.leftOut, leaks.isWhole], [24, true, true]);
  assert.match(await readFile(out, 'utf8'), /id="confusion"/);
  const pattern = await graftwork('evaluate', 'tiny', tiny, '--group-by', 'no-group');
  assert.equal(pattern.code, 2);
  assert.match(pattern.stderr, /one \{group\} in it.*GW_USAGE/);
});

test('review writes a page and a table; train takes decisions of this source alone', { skip }, async () => {
  const out = join(stack.home, 'review.html');
  const { code, stdout, stderr } = await graftwork('review', tiny, '--out', out, '--json', ...quick);
  assert.equal(code, 0, stderr);
  const { source, pictures, findings, examples } = JSON.parse(stdout) as LabelReview;
  assert.deepEqual([source, pictures, examples.length], [tiny, 36, 2]);
  const page = await readFile(out, 'utf8');
  assert.match(page, /script-src &#39;sha256-[^&]+&#39;; img-src data:/);
  const [first] = examples.flat();
  assert.ok(first && page.includes(`alt="${first.path}"`) && /src="data:image\/jpeg;base64,/.test(page));
  const table = await readFile(join(stack.home, 'review-findings.csv'), 'utf8');
  assert.equal(table.split('\r\n').length, findings.length + 2);

  const decisions = join(stack.home, 'review.csv');
  const row = `train/daisy/of-another-set.jpg,drop,,${'f'.repeat(64)}`;
  await writeFile(decisions, `path,decision,label,sha256\n${row}\n`);
  const foreign = await graftwork('train', tiny, '--labels', decisions, ...quick);
  assert.equal(foreign.code, 2, foreign.stderr);
  assert.match(
    foreign.stdout + foreign.stderr,
    /review\.csv: it is a review of another source: none of its pictures is at .*tiny/,
  );
  await writeFile(decisions, `path,decision,label,sha256\n${row.replace('drop', 'burn')}\n`);
  const wrong = await graftwork('train', tiny, '--labels', decisions);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /line 2: the decision "burn" is not keep, relabel or drop/);
});

test('predict --tta averages the views of each image: the same classes of all, other shares', { skip }, async () => {
  const answers = await Promise.all(
    [[], ['--tta', '4']].map(async (flags) => {
      const outcome = await graftwork('predict', result.run, join(tiny, 'val/daisy'), '--json', ...flags);
      assert.equal(outcome.code, 0, outcome.stderr);
      return predictionsSchema.parse(JSON.parse(outcome.stdout)).predictions;
    }),
  );
  const [once, often] = answers.map((predictions) => predictions.map(({ top }) => top));
  assert.equal(often?.length, once?.length);
  for (const [index, top] of (often ?? []).entries()) {
    assert.deepEqual(top.map(({ class: name }) => name).sort(), once?.[index]?.map(({ class: name }) => name).sort());
    assert.ok(Math.abs(top.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5);
  }
  assert.notDeepEqual(often, once);
});

test('augment draws pictures of the bucket, and what it is named is a picture', { skip }, async () => {
  const out = join(stack.home, 'sheet.png');
  const uri = result.dataset?.uri ?? '';
  const { code, stdout, stderr } = await graftwork(
    'augment',
    uri,
    '--out',
    out,
    '--images',
    '2',
    '--views',
    '3',
    '--json',
  );
  assert.equal(code, 0, stderr);
  const { width, height, rows } = JSON.parse(stdout) as { width: number; height: number; rows: string[] };
  const { format, ...size } = await sharp(out).metadata();
  assert.deepEqual([format, size.width, size.height], ['png', width, height]);
  assert.equal(rows.length, 2);
  assert.ok(rows.every((row) => row.startsWith('s3://')));
});

test('a model is exported by its run; a folder that is not empty is left alone unless forced', { skip }, async () => {
  const out = join(stack.home, 'exported', 'onnx');
  const args = ['models', 'export', result.run, '--format', 'onnx', '--out', out, '--json'];
  const first = await graftwork(...args);
  assert.equal(first.code, 0, first.stderr);
  const { model, files } = modelExportSchema.parse(JSON.parse(first.stdout));
  assert.deepEqual(model, { name: 'tiny', version: 1 });
  assert.equal(files[0]?.name, 'model.onnx');
  assert.deepEqual(JSON.parse(await readFile(join(out, 'labels.json'), 'utf8')), ['daisy', 'roses']);
  const again = await graftwork(...args);
  assert.equal(again.code, 2);
  assert.match(again.stdout, /GW_EXPORT_REFUSED/);
  const forced = await graftwork(...args, '--force');
  assert.equal(forced.code, 0, forced.stderr);
  assert.deepEqual(JSON.parse(forced.stdout), JSON.parse(first.stdout));
  const mistaken = await graftwork('models', 'export', 'tiny', '--format', 'pickle', '--out', out);
  assert.equal(mistaken.code, 2);
  assert.match(mistaken.stderr, /onnx, tfjs, safetensors, hf/);
});

test('the model’s card and the dataset’s version can be looked at', { skip }, async () => {
  const card = await graftwork('models', 'show', 'tiny@1', '--json');
  assert.equal(modelCardSchema.parse(JSON.parse(card.stdout)).run, result.run);
  const version = result.dataset?.version ?? '';
  const dataset = await graftwork('datasets', 'show', version.slice(0, 8));
  assert.equal(dataset.code, 0);
  assert.match(dataset.stdout, new RegExp(version));
  const same = await graftwork('datasets', 'diff', version.slice(0, 8), version);
  assert.match(same.stdout, /same images/);
});

test('a run that fails prints its result too, and ends with the exit code of its failure', { skip }, async () => {
  const weights = 'backbone.weights=/nowhere/at-all.safetensors';
  const { code, stdout, stderr } = await runCommand(
    ['train', tiny, '--json', ...quick, 'head.batchSize=8', weights],
    where(),
  );
  assert.equal(code, 2, stderr);
  const failed = runResultSchema.parse(JSON.parse(stdout));
  assert.equal(failed.status, 'failed');
  assert.equal(failed.failure?.code, 'GW_WEIGHTS_NOT_FOUND');
  assert.match(stderr, /GW_WEIGHTS_NOT_FOUND/);
});

test('mistakes that are known at once start no run and upload nothing', { skip }, async () => {
  const runs = async () => (await graftwork('runs', '--json')).stdout;
  const before = await runs();
  for (const [args, code, message] of [
    [['train', tiny, '--backbone', 'wombat_net'], 'GW_BACKBONE_UNKNOWN', /^((?!Did you mean)[^])*$/],
    [['rank', tiny, '--sources', 'wombat_net'], 'GW_BACKBONE_UNKNOWN', /wombat_net/],
    [['train', tiny, '--set', 'fineTune.0.unfreeze=[wombat]'], 'GW_STAGE_UNKNOWN', /wombat/],
    [['train', join(tiny, 'train', 'daisy')], 'GW_DATASET_INVALID', /no class folders/],
    [
      ['schedule', 'create', 's3://graftwork/x', '--every', '1d', '--backbone', 'resnet51'],
      'GW_BACKBONE_UNKNOWN',
      /resnet50/,
    ],
  ] as const) {
    const { code: exit, stderr } = await graftwork(...args);
    assert.equal(exit, 2, stderr);
    assert.match(stderr, new RegExp(code));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /uploaded|in the bucket already/);
  }
  assert.equal(await runs(), before);
});

test('rank scores what is here, skips what is not, and says what it would choose and why', { skip }, async () => {
  const named = 'squeezenet1_1=/nowhere/at-all.safetensors';
  const ranked = await graftwork('rank', tiny, '--sources', named, '--json', ...fewPixels);
  assert.equal(ranked.code, 0, ranked.stderr);
  const report = rankReportSchema.parse(JSON.parse(ranked.stdout));
  assert.deepEqual(report.sources.map(({ source }) => source).sort(), packagedBackbones.toSorted());
  assert.ok(report.skipped.some(({ source }) => source === named));
  assert.ok(report.choice?.reasons.length);
  const text = await graftwork('rank', tiny, '--sources', 'efficientnet_lite1', '--only', '--name', 'other');
  assert.match(
    text.stdout,
    new RegExp(`npx graftwork train ${tiny} --name other --backbone efficientnet_lite1 --set `),
  );
  assert.match(text.stdout, /^1 source on 20 pictures of 20, 2 classes\n/);
  assert.match(text.stdout, /choice: efficientnet_lite1, /);
  assert.match(text.stdout, /predictions: none yet, so the scores alone decide \(.*there are 1 on 1\)/);
  const mistaken = await graftwork('rank', tiny, '--sources', 'model:tyni', '--only', '--json');
  assert.equal(mistaken.code, 2);
  assert.match(mistaken.stdout, /Did you mean “tiny”/);
});

test(
  'with a budget too small to choose, a model is left all the same, and every choice is shown',
  { skip },
  async () => {
    const { code, stdout, stderr } = await graftwork('train', tiny, '--backbone', 'auto', '--budget', '5s', '--json');
    assert.equal(code, 0, stderr);
    const { status, choices, model, test: measured, run } = runResultSchema.parse(JSON.parse(stdout));
    assert.equal(status, 'completed');
    assert.ok(model !== null && measured !== null);
    assert.deepEqual(choices?.budget, { seconds: 5 });
    assert.equal(choices.made[0]?.what, 'source');
    assert.ok(choices.next.length > 0);
    const shown = await graftwork('show', run);
    assert.match(shown.stdout, /chosen source +\S+: no time to rank sources/);
    assert.match(shown.stdout, /would try next/);
    const mistaken = await graftwork('train', tiny, '--budget', 'soon');
    assert.equal(mistaken.code, 2);
    assert.match(mistaken.stderr, /write 30s, 10m or 2h/);
  },
);

test('a model that was registered is what the next run starts from', { skip }, async () => {
  const second = await graftwork('train', tiny, '--json', '--name', 'second', '--backbone', 'model:tiny@1', ...quick);
  assert.equal(second.code, 0, second.stderr);
  const { code, stdout } = await graftwork('models', 'show', 'second', '--json');
  assert.equal(code, 0);
  const { backbone } = modelCardSchema.parse(JSON.parse(stdout));
  assert.deepEqual([backbone.name, backbone.weights], ['efficientnet_lite0', 'model:tiny@1']);
});

test('the packed package, in an empty project: the README’s example as printed, its types, npx', { skip }, async () => {
  const project = await PackedProject.make();
  try {
    await project.copyFromReadme("import { Graftwork } from 'graftwork'", 'example.mjs');
    await copyFile(join(project.folder, 'example.mjs'), join(project.folder, 'typed.mts'));
    // The example trains as the defaults say, for 32 epochs: of a few pictures.
    for (const flower of ['daisy', 'roses']) {
      const pictures = (await readdir(join(tiny, 'train', flower))).sort().slice(-4);
      await mkdir(join(project.folder, 'photos', flower), { recursive: true });
      for (const picture of pictures) {
        await symlink(join(tiny, 'train', flower, picture), join(project.folder, 'photos', flower, picture));
      }
    }
    const compilerOptions = { noEmit: true, strict: true, skipLibCheck: true, module: 'nodenext', target: 'es2023' };
    const settings = JSON.stringify({ compilerOptions, files: ['typed.mts'] });
    await writeFile(join(project.folder, 'tsconfig.json'), settings);
    const compiler = join(checkout, 'node_modules/@typescript/native/bin/tsc');
    const typed = await project.call(process.execPath, [compiler, '-p', '.']);
    assert.equal(typed.code, 0, typed.stdout);

    const alone = await project.call('npx', ['--no', 'graftwork', 'up']);
    assert.equal(alone.code, 2, alone.stderr);
    assert.match(alone.stderr, /needs a checkout.*\n.*TEMPORAL_ADDRESS.*GRAFTWORK_HOME/);
    const healthy = await project.call('npx', ['--no', 'graftwork', 'doctor'], where());
    assert.equal(healthy.code, 0, healthy.stdout);
    assert.match(healthy.stdout, /ok +package +the library and the commands/);

    const example = await project.call(process.execPath, ['example.mjs'], where());
    assert.equal(example.code, 0, example.stderr);
    assert.match(example.stdout, /^(0(\.\d+)?|1)\n$/);
  } finally {
    await project.remove();
  }
});

test('lineage, find and forget: from a model to its data, and from a picture to its models', { skip }, async () => {
  const lineage = await graftwork('models', 'lineage', result.run);
  assert.equal(lineage.code, 0, lineage.stderr);
  for (const fact of ['tiny@1', 'head kept', 'Apache-2.0', 'software graftwork']) {
    assert.ok(lineage.stdout.includes(fact), `${fact} in ${lineage.stdout}`);
  }
  // As it was called last: the same pictures went up from another project, too.
  assert.match(lineage.stdout, /data (\S+\/tiny|photos\/)\n/);
  const photo = join(tiny, 'train/roses/2535466393_6556afeb2f_m.jpg');
  const found = await graftwork('datasets', 'find', photo);
  assert.equal(found.code, 0, found.stderr);
  assert.match(found.stdout, /train +roses +\S*train\/roses\/\S+\.jpg/);
  assert.match(found.stdout, /learned from it +tiny@1/);

  const mistyped = await graftwork('datasets', 'forget', 's3://graftwork/no/such.jpg', '--json');
  assert.equal(mistyped.code, 2);
  assert.match(mistyped.stdout, /GW_PICTURE_NOT_FOUND/);
  const own = await graftwork('datasets', 'forget', 'models/tiny/versions/1/card.json');
  assert.equal(own.code, 2);
  assert.match(own.stderr, /Graftwork wrote it/);
  const dry = await graftwork('datasets', 'forget', photo, '--dry-run');
  assert.match(dry.stdout, /Nothing was changed/);
  const done = await graftwork('datasets', 'forget', photo, '--reason', 'a test', '--json');
  assert.equal(done.code, 0, done.stderr);
  const report = JSON.parse(done.stdout) as ForgetReport;
  assert.deepEqual(report.retired, [result.dataset?.version]);
  assert.equal(report.changes.uploads.deleted, 1);
  assert.ok(report.localCopies > 0, 'the stack’s own workers keep copies on this machine');
  const list = await graftwork('datasets', 'forgotten');
  assert.match(list.stdout, new RegExp(`${report.digests[0]}.*a test`));
  const uri = result.dataset?.uri ?? '';
  const gone = await graftwork('datasets', 'find', `${uri}/train/roses/2535466393_6556afeb2f_m.jpg`);
  assert.equal(gone.code, 2);
  assert.match((await graftwork('datasets', 'find', report.digests[0] ?? '')).stdout, /learned from it +tiny@1/);
});
