import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelDoubts } from './labelDoubts.js';

const pictures = 30;
const sets = [[], [0], [1], [0, 1]];
const right = Array.from({ length: pictures }, (_, index) => index % 3);
const probabilities = Float64Array.from({ length: 2 * pictures }, (_, place) => {
  const has = sets[right[place >> 1] ?? 0]?.includes(place % 2) === true;
  return has ? 0.9 : 0.1;
});

test('what is suggested may be a set of labels that no picture has', () => {
  const labels = right.map((label, index) => (index === 1 ? 2 : label));
  const without = { probabilities, labels, classes: 2, sets: sets.slice(0, 3) };
  const found = labelDoubts({ ...without, probabilities: probabilities.map((p, place) => (place === 3 ? 0.9 : p)) });
  assert.deepEqual(found.sets, sets);
  const [doubt, ...more] = found.doubts;
  assert.deepEqual([doubt?.index, doubt?.suggested, more.length], [1, 3, 0]);
  assert.deepEqual(
    [0, 1, 2].map((label) => doubt?.speaksForOther(label)),
    [false, true, false],
  );
});

test('labels of which nothing is known are not doubted', () => {
  const labels = right.map((label, index) => (index === 1 ? 2 : label));
  const given = { probabilities, labels, classes: 2, sets: sets.slice(0, 3) };
  assert.equal(labelDoubts(given).doubts.length, 1);
  assert.equal(labelDoubts({ ...given, unjudged: [0, 1] }).doubts.length, 0);
  const single = right.map((label) => Number(label === 2));
  assert.deepEqual(labelDoubts({ probabilities, labels: single, classes: 2, unjudged: [0, 1] }).doubts, []);
});
