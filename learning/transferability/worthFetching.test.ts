import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worthFetching, type KnownBeforehand } from './worthFetching.js';

const network = (name: string, work: number, imagenetTop1?: number, more: Partial<KnownBeforehand> = {}) => ({
  ...{ name, work: work * 1e9, imagenetTop1, linearTransfer: undefined, isHere: false },
  ...more,
});

test('a network is fetched where it is better than all that cost less, in either figure', () => {
  const { wanted, leftOut } = worthFetching([
    network('wide', 9, 0.82),
    network('small', 1, 0.7),
    network('as good', 3, 0.762),
    network('here', 2, 0.76, { isHere: true }),
    network('transfers', 5, 0.7, { linearTransfer: 0.88 }),
    network('unknown', 4),
    network('huge', 60, 0.9),
  ]);
  assert.deepEqual(wanted, ['small', 'transfers', 'wide']);
  assert.deepEqual(
    leftOut.map(({ name, reason }) => `${name}: ${reason}`),
    [
      'as good: a cheaper network is as accurate by the published figures',
      'unknown: no accuracy is published that could recommend a download',
      'huge: one picture costs more than 25 billion multiplications',
    ],
  );
});

test('of very many, the most accurate are fetched', () => {
  const { wanted, leftOut } = worthFetching(
    Array.from({ length: 8 }, (_, index) => network(`n${index}`, index + 1, 0.6 + 0.02 * index)),
  );
  assert.deepEqual(wanted, ['n2', 'n3', 'n4', 'n5', 'n6', 'n7']);
  assert.deepEqual(
    leftOut.map(({ name }) => name),
    ['n0', 'n1'],
  );
});
