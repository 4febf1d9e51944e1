import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../../random.js';
import { doubtfulPictures, labelsFit } from './doubtfulLabels.js';

const classes = 3;
const pictures = 60;
/** Each label is true of every second, third and fourth picture; heads are fairly sure of that. */
const right = Array.from({ length: pictures }, (_, index) => [0, 1, 2].filter((label) => index % (label + 2) === 0));
const probabilities = Float64Array.from({ length: pictures * classes }, (_, place) => {
  const [index, label] = [Math.floor(place / classes), place % classes];
  const sure = [9, 12, 25].includes(index) ? 0.95 : 0.8 + 0.15 * uniform(index, label, 'sure');
  return right[index]?.includes(label) ? sure : 1 - sure;
});

test('labels that are missing and labels that are too many are found, each with what fits better', () => {
  const truth = right.map((own) => [...own]);
  truth[12] = [0, 1]; // 2 is missing
  truth[9] = [1, 2]; // 2 is too many
  truth[25] = [0, 1]; // has none
  const found = doubtfulPictures({ probabilities, truth, classes });
  assert.deepEqual(
    found.map(({ index }) => index).sort((a, b) => a - b),
    [9, 12, 25],
  );
  const of = (index: number) => found.find((one) => one.index === index);
  assert.deepEqual(of(12)?.suggested, [0, 1, 2]);
  assert.deepEqual(
    of(12)?.labels.map(({ label, has }) => [label, has]),
    [[2, false]],
  );
  assert.deepEqual(of(9)?.suggested, [1]);
  assert.deepEqual(of(25)?.suggested, []);
  assert.equal(of(25)?.labels.length, 2);
});

test('what is right is not doubted, nor is a label that all pictures have', () => {
  assert.deepEqual(doubtfulPictures({ probabilities, truth: right, classes }), []);
  const all = right.map((own) => [...new Set([...own, 1])].sort());
  const doubted = doubtfulPictures({ probabilities, truth: all, classes }).flatMap(({ labels }) => labels);
  assert.deepEqual(
    doubted.filter(({ label }) => label === 1),
    [],
  );
});

test('pictures of which several labels fit badly come before those with one, however surely that one is wrong', () => {
  const truth = right.map((own) => [...own]);
  truth[12] = [0, 1]; // 2 is missing
  truth[25] = [0, 1]; // has none
  const surest = probabilities.slice();
  surest[12 * classes + 2] = 0.97;
  const found = doubtfulPictures({ probabilities: surest, truth, classes });
  assert.deepEqual(
    found.map(({ index }) => index),
    [25, 12],
  );
  const fits = labelsFit({ probabilities: surest, truth, classes });
  assert.ok(Math.abs((fits[25] ?? 0) - 2 * Math.log(0.05) - Math.log(0.95)) < 1e-9);
  const judged = labelsFit({ probabilities: surest, truth, classes, unjudged: [0, 1] });
  assert.ok(Math.abs((judged[25] ?? 0) - Math.log(0.95)) < 1e-9);
});
