import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutEquals, type ScoredCandidate } from './equalSources.js';

function source(name: string, logme: number, model: string | null = null, similarity: number | null = null) {
  const stages = [{ stage: 's', logme, knn: 0.5, linear: 0.6, secondsPerImage: Math.random() }];
  const weights = model === null ? {} : { weights: `model:${model}@1` };
  const own = { model: model === null ? null : { name: model, version: 1 }, similarity };
  return { candidate: { name, ...weights, ...own }, scores: { stages } } as unknown as ScoredCandidate;
}

test('of a network and models with the same features the network is ranked, and the others are named with the reason', () => {
  const network = source('resnet50', 0.1);
  const other = source('resnet50', 0.2, 'tuned');
  const { kept, skipped } = withoutEquals([source('resnet50', 0.1, 'birds'), network, other, source('lite0', 0.1)]);
  assert.deepEqual(
    kept.map(({ candidate }) => [candidate.name, candidate.model?.name]),
    [
      ['resnet50', undefined],
      ['resnet50', 'tuned'],
      ['lite0', undefined],
    ],
  );
  assert.equal(skipped.length, 1);
  assert.match(skipped[0]?.reason ?? '', /^its features are those of resnet50, because only its head was trained$/);
});

test('without the network the model of the most similar task is ranked', () => {
  const { kept } = withoutEquals([source('r', 0.1, 'far', 0.2), source('r', 0.1, 'near', 0.9)]);
  assert.deepEqual(
    kept.map(({ candidate }) => candidate.model?.name),
    ['near'],
  );
});
