import assert from 'node:assert/strict';
import { test } from 'node:test';
import { card } from '../../test/fixtures/cardForTests.js';
import { timmFormat } from './huggingFace/timmFormat.js';
import { modelCardText } from './modelCardText.js';

const usage = { needs: 'nothing', language: 'python' as const, code: '' };
const base = card('birds', 'run-1', 1);
const tested = (views: number) => ({
  ...base,
  spec: { ...base.spec, evaluation: { topK: [], testTimeAugmentation: { views } } },
});

test('a card says that nothing has seen the test pictures only where there is nothing to say against it', () => {
  const plain = modelCardText(tested(1), timmFormat, usage, []);
  assert.match(plain, /Measured once on 2 test pictures that no training step and no choice has seen:/);
  assert.match(plain, /metrics: \[\{type: accuracy, value: 1\}, \{type: f1, value: 1\}\]/);
  assert.doesNotMatch(plain, /Note/);
  const note = '1 test picture is among those trained on as well (by birds_a@1, which the run started from).';
  const leaking = modelCardText(tested(1), timmFormat, usage, [note]);
  assert.doesNotMatch(leaking, /no training step/);
  assert.match(leaking, /\*\*Note\.\*\* 1 test picture .*birds\\_a@1, which the run started from/);
  assert.match(
    leaking,
    /\{type: accuracy, value: 1, name: "accuracy \(training may have seen test pictures, see the card\)"\}/,
  );
});

test('figures that views were averaged for are not passed off as those of one look', () => {
  const averaged = modelCardText(tested(4), timmFormat, usage, []);
  assert.match(averaged, /classified in 4 views.*The lines below classify one view/);
  assert.match(averaged, /\{type: accuracy, value: 1, name: "accuracy \(4 views averaged\)"\}/);
});
