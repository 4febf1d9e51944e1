import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PredictionSets } from '../../contracts/models/predictions.js';
import { setsOf } from './answerSets.js';
import { fitLabels } from './multiLabel/fitLabels.js';
import { fitCalibration } from './trust/fitCalibration.js';

const classes = ['cat', 'dog', 'bird', 'fish'];
const wanted: PredictionSets = { coverage: 0.5, method: 'lac', perClass: false };

/** A model whose `count` validation pictures have two of four labels each, and are all recognised. */
function labelsModel(count: number): Parameters<typeof setsOf>[0] {
  const pictures = Array.from({ length: count }, (_, row) => {
    const truth = [row % 4, (row + 1) % 4];
    return { truth, scores: classes.map((_class, label) => (truth.includes(label) ? 0.9 : 0.1)) };
  });
  return { name: 'tags', version: 2, task: 'multi-label', classes, calibration: fitLabels(pictures, classes.length) };
}

test('n validation pictures of a multi-label model promise n/(n + 1), and no more', () => {
  for (const [count, most] of [
    [6, 0.85],
    [18, 0.94],
    [24, 0.96],
  ] as const) {
    const model = labelsModel(count);
    assert.deepEqual(setsOf(model, wanted)([0.1, 0.9999, 0.2, 1]), [3, 1]);
    assert.deepEqual(setsOf(model, { ...wanted, coverage: most })([0.9999, 0.9999, 0, 0]), [0, 1]);
    assert.throws(() => setsOf(model, { ...wanted, coverage: 0.97 }), {
      message: `The ${count} pictures that validated tags@2 are too few for sets at 97 %.`,
      remedy: `Train with more validation pictures, or ask for a coverage of at most ${most}.`,
    });
  }
});

test('limits of each class and other methods are refused because the model is multi-label, also of one without limits', () => {
  const { calibration: _none, ...uncalibrated } = labelsModel(6);
  for (const model of [labelsModel(24), uncalibrated]) {
    const refused = (sets: Partial<PredictionSets>, remedy: string): void =>
      assert.throws(() => setsOf(model, { ...wanted, ...sets }), { code: 'GW_USAGE', message: /multi-label/, remedy });
    refused({ perClass: true }, 'Leave out --per-class.');
    refused({ method: 'aps' }, 'Leave out --sets aps.');
    refused({ method: 'aps', perClass: true }, 'Leave out --per-class and --sets aps.');
  }
});

test('limits that no coverage has are never named', () => {
  const model = labelsModel(24);
  const { calibration } = model;
  const none = calibration!.sets.lac;
  const without = {
    ...model,
    calibration: { ...calibration!, multiLabel: { ...calibration!.multiLabel!, limits: none } },
  };
  assert.throws(() => setsOf(without, wanted), { remedy: /or leave out --coverage\.$/ });
});

test('a model of one class a picture has sets of classes, the likeliest first', () => {
  const labels = Array.from({ length: 24 }, (_, row) => row % 4);
  const logits = labels.flatMap((label) => classes.map((_class, k) => (k === label ? 3 : 0)));
  const model = { name: 'one', version: 1, classes, calibration: fitCalibration({ logits, labels }, classes.length) };
  assert.deepEqual(setsOf(model, { ...wanted, method: 'aps' })([0.2, 0.7, 0.1, 0]).slice(0, 1), [1]);
  assert.throws(() => setsOf(model, { ...wanted, coverage: 0.99 }), { remedy: /at most 0\.96/ });
});
