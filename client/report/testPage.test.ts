import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PictureTest } from '../../contracts/models/pictureTest.js';
import { pictureTestText } from '../../cli/display/pictureTestText.js';
import { evaluate, isMistake } from '../../learning/metrics/evaluate.js';
import { labelsAnswer } from '../../learning/metrics/multiLabel/evaluateLabels.js';
import { testPage } from './testPage.js';

const answer = (label: number, predicted: number) => ({
  ...{ label, predicted, rank: label === predicted ? 0 : 1 },
  ...{ probability: label === predicted ? 0.9 : 0.1, confidence: 0.9 },
});

const digest = 'a'.repeat(64);

const tested: PictureTest = {
  format: 1,
  model: { name: 'birds', version: 2 },
  uri: 'other birds',
  leaks: {
    counts: { identical: 2, alike: 1, group: 0 },
    examples: [{ path: 'wren/1.jpg', kind: 'identical' }],
    ...{ leftOut: true, isWhole: true },
  },
  unusable: { count: 1, examples: [{ path: 'notes.txt', reason: 'not-an-image: text' }] },
  notes: ['All splits of the source are used: "train", "val".'],
  evaluation: evaluate([...Array.from({ length: 8 }, () => answer(0, 0)), answer(1, 0)], ['robin', 'wren <b>'], []),
  gone: 1,
  mistakes: [{ path: 'wren/9.jpg', bucket: 'b', key: 'k', sha256: digest, ...answer(1, 0) }],
};

test('a second test has the sections of a run, its leaks, and the balance of uneven classes', () => {
  const page = testPage(tested, new Map(), 0);
  for (const expected of [
    'birds@2 on other birds',
    'recognises 88.9',
    'least recall, of',
    'wren &lt;b&gt;',
    'id="confusion"',
    'id="reliability"',
    'Its training had 3 pictures of the source: 2 as the same file, 1 as one that looks like it. They are left out.',
    'notes.txt',
    'wren/9.jpg',
  ]) {
    assert.ok(page.replaceAll('\u00a0', ' ').includes(expected), expected);
  }
  assert.ok(!page.includes('wren <b>'));
});

test('the same on the screen', () => {
  const text = pictureTestText(tested, 'birds.html');
  for (const expected of [
    /balanced accuracy\s+50/,
    /least recall\s+0/,
    /report\s+birds.html/,
    /wren\/1.jpg\s+identical/,
  ]) {
    assert.match(text, expected);
  }
});

test('of a multi-label model the page has each label’s average precision and threshold, and no confusion matrix', () => {
  const scored: [number[], number[]][] = [
    [[0.9, 0.2], [0]],
    [
      [0.8, 0.7],
      [0, 1],
    ],
    [[0.3, 0.6], [0]],
    [[0.1, 0.2], []],
  ];
  const answers = scored.map(([scores, truth], label) => labelsAnswer(scores, label, truth));
  const evaluation = evaluate(answers, ['robin', 'wren'], []);
  const mistakes = answers.filter(isMistake).map((mistake) => ({
    ...{ path: 'both/1.jpg', bucket: 'b', key: 'k', sha256: digest },
    ...mistake,
  }));
  assert.equal(mistakes.length, 1);
  const several = { ...tested, evaluation, mistakes };
  const page = testPage(several, new Map(), 0).replaceAll('\u00a0', ' ');
  for (const expected of ['a mean average precision of 100', 'test mAP', 'micro F1', '0.500', '<bdi>robin</bdi>']) {
    assert.ok(page.includes(expected), expected);
  }
  assert.ok(!page.includes('id="confusion"'));
  assert.match(pictureTestText(several, undefined), /micro F1\s+/);
});
