import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uniform } from '../../random.js';
import { predictionSet, scoreQuantile, setMethods, setScores } from './conformal.js';

test('the limit is the score that was asked for, and none where there are too few', () => {
  const scores = [0.9, 0.1, 0.3, 0.2, 0.4, 0.5, 0.8, 0.6, 0.7];
  assert.equal(scoreQuantile(scores, 0.9), 0.9);
  assert.equal(scoreQuantile(scores, 0.5), 0.5);
  assert.equal(scoreQuantile(scores.slice(1), 0.9), Infinity);
  assert.equal(scoreQuantile([], 0.5), Infinity);
});

test('a set has the classes within the limit, of each class its own where each has one', () => {
  const row = [0.2, 0.7, 0.1];
  assert.deepEqual(predictionSet('lac', row, 0.8), [0, 1]);
  assert.deepEqual(predictionSet('lac', row, 0.2), []);
  assert.deepEqual(predictionSet('lac', row, Infinity), [0, 1, 2]);
  assert.deepEqual(
    predictionSet('lac', row, (label) => [0.5, 0.5, 1][label]!),
    [1, 2],
  );
  assert.deepEqual(
    Array.from(setScores('aps', row), (score) => score.toFixed(2)),
    ['0.90', '0.70', '1.00'],
  );
  assert.deepEqual(predictionSet('aps', row, 0.8), [0, 1]);
  assert.deepEqual(predictionSet('aps', row, 0.95), [0, 1, 2]);
});

test('new pictures lie in their sets at least as often as was asked for', () => {
  // Three classes; the model's probabilities are what comes true.
  const picture = (i: number) => {
    const cuts = [uniform('cut', i, 0), uniform('cut', i, 1)].sort((a, b) => a - b);
    const row = [cuts[0]!, cuts[1]! - cuts[0]!, 1 - cuts[1]!];
    const at = uniform('label', i);
    return { row, label: at < row[0]! ? 0 : at < row[0]! + row[1]! ? 1 : 2 };
  };
  const known = Array.from({ length: 400 }, (_, i) => picture(i));
  const fresh = Array.from({ length: 2000 }, (_, i) => picture(1000 + i));
  for (const method of setMethods) {
    const limit = scoreQuantile(
      known.map(({ row, label }) => setScores(method, row)[label]!),
      0.8,
    );
    const covered = fresh.filter(({ row, label }) => predictionSet(method, row, limit).includes(label)).length / 2000;
    // Without chance `aps` rounds up to whole classes.
    assert.ok(covered > 0.76 && (method === 'aps' || covered < 0.84), `${method}: ${covered}`);
  }
});
