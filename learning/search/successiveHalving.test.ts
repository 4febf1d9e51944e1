import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rounds, successiveHalving } from './successiveHalving.js';

/** Losses that fall with the epochs towards a number of the candidate's own; every trial is written down. */
function halve(candidates: readonly number[], epochs: readonly number[], mostTrials = Infinity) {
  const made: [number, number][] = [];
  const best = successiveHalving(candidates, epochs, (candidate, count) => {
    if (made.length >= mostTrials) return Promise.resolve(undefined);
    made.push([candidate, count]);
    return Promise.resolve({ loss: candidate + 1 / count });
  });
  return { made, best };
}

test('rounds end with all epochs, and are as many as the candidates need', () => {
  assert.deepEqual(rounds(12, 40, 4), [4, 13, 40]);
  assert.deepEqual(rounds(9, 81, 1), [27, 81]);
  assert.deepEqual(rounds(1, 40, 4), [40]);
  assert.deepEqual(rounds(12, 3, 4), [3]);
});

test('a third goes on from round to round, and the usual settings always do', async () => {
  const { made, best } = halve([9, 1, 2, 3, 4, 5, 6, 7, 8, 10], [4, 13, 40]);
  const winner = await best;
  assert.deepEqual(
    [4, 13, 40].map((epochs) => made.filter(([, count]) => count === epochs).map(([candidate]) => candidate)),
    [
      [9, 1, 2, 3, 4, 5, 6, 7, 8, 10],
      [9, 1, 2, 3],
      [9, 1],
    ],
  );
  assert.deepEqual(winner, { candidate: 1, epochs: 40, loss: 1 + 1 / 40 });
});

test('the usual settings win where nothing is better', async () => {
  assert.equal((await halve([1, 2, 3, 4], [4, 12]).best)?.candidate, 1);
});

test('without time for another trial the last complete round decides', async () => {
  const { best } = halve([9, 1, 2, 3], [4, 12], 5);
  assert.deepEqual(await best, { candidate: 1, epochs: 4, loss: 1.25 });
  assert.equal(await halve([9, 1, 2, 3], [4, 12], 3).best, undefined);
});

test('a loss that is no number is the worst', async () => {
  const best = await successiveHalving([1, 2, 3], [4], (candidate) =>
    Promise.resolve({ loss: candidate === 1 ? NaN : candidate }),
  );
  assert.equal(best?.candidate, 2);
});
