import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classesOfOneAlone } from '../folders/classesOfOneAlone.js';
import { compareAnswers, requireOneTask, type ModelComparison } from './compareModels.js';
import { comparisonText } from '../../cli/display/comparisonText.js';

const answer = (picture: string, isRight: boolean, name = 'ant') => ({ picture, class: name, isRight });

test('pictures that are in both tests under the same class count, each copy for itself; the others are counted out', () => {
  const first = [answer('a', true), answer('a', false), answer('b', true), answer('c', true), answer('d', true, 'bee')];
  const second = [answer('a', true), answer('a', true), answer('b', false), answer('d', true), answer('e', true)];
  const { onSamePictures, perClass } = compareAnswers(first, second);
  assert.equal(onSamePictures.pictures, 3);
  assert.deepEqual([onSamePictures.onlyChampion, onSamePictures.onlyChallenger], [1, 1]);
  // Of the first alone: c, and d as a bee; of the second alone: d as an ant, and e.
  assert.equal(onSamePictures.leftOut.gone, 4);
  assert.deepEqual(perClass, [{ class: 'ant', pictures: 3, first: 2 / 3, second: 2 / 3 }]);
});

test('the comparison as text, with and without a picture in common', () => {
  const model = {
    name: 'birds',
    top1: 0.5,
    interval: [0.1, 0.9] as [number, number],
    pictures: 2,
    datasetVersion: 'd',
  };
  const told = (
    compared: Pick<ModelComparison, 'onSamePictures' | 'perClass'>,
    sources: [string, string] = ['birds/', 'more birds/'],
  ): string =>
    comparisonText(
      {
        ...{ first: { ...model, version: 1 }, second: { ...model, version: 2 } },
        ...compared,
        classes: classesOfOneAlone(['ant', 'bee'], ['ant', 'moth', 'wasp']),
        differences: [
          { path: 'head.epochs', first: 20, second: null },
          { path: 'dataset.uri', first: 's3://own/uploads/1', second: 's3://own/uploads/2' },
        ],
      },
      sources,
    );
  const some = told(compareAnswers([answer('a', true), answer('b', true)], [answer('a', false), answer('b', true)]));
  assert.match(some, /^difference +−50\.0 points \(95 % interval −89\.8 to \+39\.8\)$/m);
  assert.match(some, /McNemar's exact test: p = 1\)/);
  assert.match(some, /^ant +2 +100\.0 % +50\.0 %$/m);
  assert.match(some, /^classes +only birds@1 knows bee: the comparison does not cover that$/m);
  assert.match(some, /^classes +only birds@2 knows moth, wasp: /m);
  const none = told(compareAnswers([answer('a', true)], [answer('b', true)]));
  assert.match(none, /the two tests share no picture/);
  assert.match(none, /^dataset.uri +birds\/ +more birds\/$/m);
  const same = told(compareAnswers([answer('a', true)], [answer('b', true)]), ['birds/', 'birds/']);
  assert.match(same, /^dataset.uri +birds\/ \(data d\) +birds\/ \(data d\)$/m);
  assert.doesNotMatch(none, /NaN|Infinity|difference/);
  assert.match(none, /^birds@1 +50\.0 % of its 2 \(95 % interval 10\.0 % to 90\.0 %; data d\)$/m);
});

test('two multi-label models are compared by what is named, and never with a model of one class a picture', () => {
  const figures = { top1: 0.9, interval: [0.8, 1] as [number, number], pictures: 4, datasetVersion: 'd' };
  const multiLabel = { mAP: 0.758, interval: [0.6, 0.85] as [number, number] };
  const model = { name: 'tags', ...figures, multiLabel };
  const text = comparisonText(
    {
      ...{ first: { ...model, version: 1 }, second: { ...model, version: 2 } },
      ...compareAnswers([answer('a', true, 'cat|dog')], [answer('a', false, 'cat|dog')]),
      ...{ classes: classesOfOneAlone(['cat', 'dog'], ['cat', 'dog']), differences: [] },
    },
    ['tags/', 'tags/'],
  );
  assert.match(text, /^tags@1 +mAP 75\.8 % on its 4 \(95 % interval 60\.0 % to 85\.0 %; data d\)$/m);
  assert.match(text, /1 picture: the likeliest label is right in 100\.0 % and 0\.0 %/);
  assert.match(text, /^likeliest label right +pictures/m);
  const [several, one] = [{ name: 'tags', version: 1, task: 'multi-label' } as const, { name: 'birds', version: 3 }];
  requireOneTask(one, one);
  requireOneTask(several, several);
  const refusal = {
    code: 'GW_USAGE',
    message: /^tags@1 gives a picture any number of labels, birds@3 exactly one class/,
  };
  assert.throws(() => requireOneTask(several, one), refusal);
  assert.throws(() => requireOneTask(one, several), refusal);
});
