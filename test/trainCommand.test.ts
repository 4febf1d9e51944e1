/** `graftwork train` and what follows it, as a person or a script calls them: a real stack with workers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { modelCardSchema } from '../contracts/modelCard.js';
import { predictionsSchema } from '../contracts/predictions.js';
import { runResultSchema } from '../contracts/result.js';
import type { RunResult } from '../contracts/result.js';
import { runCommand } from './runCommand.js';
import type { Outcome } from './runCommand.js';
import { sharedData, sharedDataMissing } from './sharedData.js';
import { StackForTests, stackUnavailable } from './stackForTests.js';

const skip = stackUnavailable || sharedDataMissing;
const tiny = sharedData('datasets/tiny');
const quick = ['--set', 'head.epochs=2', 'fineTune=[]', 'augmentation.views=1'];

let stack: StackForTests;
let trained: Outcome;
let result: RunResult;

function graftwork(...args: string[]): Promise<Outcome> {
  return runCommand(args, { GRAFTWORK_HOME: stack.home });
}

before(async () => {
  if (skip !== false) return;
  stack = await StackForTests.start();
  trained = await graftwork('train', tiny, '--json', ...quick);
  result = runResultSchema.parse(JSON.parse(trained.stdout));
});
after(async () => {
  if (skip === false) await stack.stop();
});

test('train --json prints the run’s result and nothing else on stdout; progress goes to stderr', { skip }, () => {
  assert.equal(trained.code, 0, trained.stderr);
  assert.equal(result.status, 'completed');
  assert.equal(result.test?.interval.length, 2);
  assert.match(trained.stderr, /run train-tiny-\S+ started/);
  assert.match(trained.stderr, /head: 2 epochs/);
});

test('show --json gives the same result', { skip }, async () => {
  const { code, stdout } = await graftwork('show', result.run, '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), result);
});

test(
  'predict takes the model by its run, names what it cannot read, and fails only if that is all',
  { skip },
  async () => {
    const bad = sharedData('bad-inputs/bad-text.png');
    const some = await graftwork('predict', result.run, join(tiny, 'val/roses'), bad, '--top', '1', '--json');
    assert.equal(some.code, 0, some.stderr);
    const { predictions } = predictionsSchema.parse(JSON.parse(some.stdout));
    assert.equal(predictions.length, 6);
    assert.ok(predictions.every(({ top }) => top.length === 1));
    assert.match(some.stderr, /bad-text\.png cannot be read|bad-text\.png: cannot be read/);

    const none = await graftwork('predict', 'tiny', bad);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /GW_IMAGE_UNREADABLE/);
  },
);

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
  const { code, stdout, stderr } = await graftwork(
    'train',
    tiny,
    '--json',
    ...quick,
    'head.batchSize=8',
    '--backbone',
    'resnet',
  );
  assert.equal(code, 2, stderr);
  const failed = runResultSchema.parse(JSON.parse(stdout));
  assert.equal(failed.status, 'failed');
  assert.equal(failed.failure?.code, 'GW_BACKBONE_UNKNOWN');
  assert.match(stderr, /GW_BACKBONE_UNKNOWN/);
});
