import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { uniform } from '../../random.js';
import { evaluate } from '../evaluate.js';
import {
  averagePrecisions,
  meanAveragePrecision,
  meanAveragePrecisionInterval,
  type ScoredPicture,
} from './averages.js';
import { countLabels, f1Of, fitThresholds, givenLabels, macroF1Of, microF1 } from './decisions.js';
import { evaluateLabels, labelsAnswer, rescaled } from './evaluateLabels.js';
import { fitLabels } from './fitLabels.js';
import { labelsHeadToHead } from './labelsHeadToHead.js';
import { labelSet, missedShare, missLimit } from './sets.js';

const classes = ['cat', 'dog', 'bird'];

/** Probabilities that are right, but for the factor by which logits are too large. */
function formulaPictures(count: number, sharper = 1, salt = 'p'): ScoredPicture[] {
  return Array.from({ length: count }, (_, row) => {
    const honest = classes.map((_class, label) => uniform(salt, row, label, 'score'));
    return {
      scores: honest.map((probability) => rescaled(probability, sharper)),
      truth: honest.flatMap((probability, label) => (uniform(salt, row, label, 'truth') < probability ? [label] : [])),
    };
  });
}

describe('multi-label metrics', () => {
  const pictures: ScoredPicture[] = [
    { scores: [0.9, 0.2, 0.1], truth: [0] },
    { scores: [0.8, 0.7, 0.1], truth: [1] },
    { scores: [0.3, 0.6, 0.1], truth: [0, 1] },
    { scores: [0.1, 0.1, 0.2], truth: [] },
  ];

  test('average precision of each label by hand; a label that no picture has counts nowhere', () => {
    const [cat = 0, dog = 0, bird] = averagePrecisions(pictures, 3);
    assert.ok(Math.abs((cat ?? 0) - (1 + 2 / 3) / 2) < 1e-12);
    assert.equal(dog, 1);
    assert.equal(bird, null);
    assert.ok(Math.abs(meanAveragePrecision(pictures, 3) - ((1 + 2 / 3) / 2 + 1) / 2) < 1e-12);
  });

  test('decisions at thresholds, micro and macro F1 by hand', () => {
    const counts = countLabels(pictures, [0.5, 0.5, 0.5]);
    assert.deepEqual(counts[0], { support: 2, given: 2, right: 1 });
    assert.deepEqual(counts[1], { support: 2, given: 2, right: 2 });
    assert.equal(f1Of({ support: 0, given: 0, right: 0 }), null);
    assert.ok(Math.abs(microF1(counts) - 6 / 8) < 1e-12);
    assert.ok(Math.abs(macroF1Of(counts) - 0.75) < 1e-12);
    // A label that is given to pictures and that none has counts in micro F1 alone.
    const given = [...counts.slice(0, 2), { support: 0, given: 2, right: 0 }];
    assert.ok(Math.abs(macroF1Of(given) - 0.75) < 1e-12 && microF1(given) < microF1(counts));
    assert.equal(macroF1Of(given.slice(2)), 0);
    assert.deepEqual(givenLabels([0.5, 0.4, 0.9], [0.5, 0.5, 0.95]), [0]);
  });

  test('an evaluation has all of it, and says so of an empty set of labels', () => {
    const answers = pictures.map(({ scores, truth }, label) => labelsAnswer(scores, label, truth));
    const found = evaluate(answers, classes, [5]);
    assert.deepEqual(found, evaluateLabels(answers as never, classes));
    assert.equal(found.multiLabel?.exactMatch, 0.5);
    assert.equal(found.multiLabel.labels, 1);
    assert.equal(found.top1, 0.75);
    assert.equal(found.perClass[2]?.averagePrecision, null);
    assert.deepEqual(found.confusion, []);
  });

  test('the interval of the mean average precision holds the figure of many more pictures', () => {
    const many = meanAveragePrecision(formulaPictures(4000, 1, 'many'), 3);
    const held = Array.from({ length: 20 }, (_, draw) => {
      const { low, high } = meanAveragePrecisionInterval(formulaPictures(150, 1, `draw ${draw}`), 3);
      return low <= many && many <= high;
    });
    assert.ok(held.filter(Boolean).length >= 17);
  });
});

describe('what validation says of a multi-label model', () => {
  test('the temperature undoes logits that are too large, and the thresholds are better than a half', () => {
    const fitted = fitLabels(formulaPictures(600, 3), 3);
    assert.ok(Math.abs(fitted.temperature - 3) < 0.4, `${fitted.temperature}`);
    const { loss, expectedCalibrationError } = fitted.heldOut;
    assert.ok(loss[1] < loss[0] && expectedCalibrationError[1] < expectedCalibrationError[0]);
    const { thresholds, heldOut } = fitted.multiLabel ?? assert.fail();
    assert.equal(thresholds.length, 3);
    assert.ok(heldOut.macroF1[1] > heldOut.macroF1[0] - 0.02);
    assert.deepEqual(fitted, fitLabels(formulaPictures(600, 3), 3));
  });

  test('a label with few pictures has the threshold of all labels', () => {
    const rare = Array.from({ length: 40 }, (_, row) => ({
      scores: [row / 40, row / 40, 0.4],
      truth: [...(row >= 20 ? [0, 1] : []), ...(row === 7 ? [2] : [])],
    }));
    const [first, second, third] = fitThresholds(rare, 3);
    assert.ok(Math.abs((first ?? 0) - 19.5 / 40) < 1e-12);
    assert.equal(first, second);
    assert.equal(third, first);
  });

  test('sets hold the share of labels that was asked for', () => {
    const limit = missLimit(formulaPictures(800), 0.9);
    const fresh = formulaPictures(4000, 1, 'fresh');
    const held = 1 - fresh.reduce((sum, picture) => sum + missedShare(picture, limit), 0) / fresh.length;
    assert.ok(held > 0.88 && held < 0.93, `${held}`);
    assert.equal(missLimit(formulaPictures(8), 0.9), 0);
    assert.deepEqual(labelSet([0.1, 0.5, 0.2], 0.2), [1, 2]);
  });
});

test('of two models the one that ranks better is better by mAP, and a model equals itself', () => {
  const good = formulaPictures(300);
  const pictures = good.map(({ scores, truth }, row) => ({
    truth,
    challenger: scores,
    champion: Array.from(scores, (score, label) => 0.5 * score + 0.5 * uniform('noise', row, label)),
  }));
  const {
    by,
    difference,
    pValue,
    pictures: count,
  } = labelsHeadToHead(pictures, 3, { seen: 0, unknownClass: 0, gone: 0 });
  assert.deepEqual([by, count], ['mAP', 300]);
  assert.ok(difference.low > 0 && pValue < 0.05);
  const same = pictures.map((picture) => ({ ...picture, champion: picture.challenger }));
  const none = labelsHeadToHead(same, 3, { seen: 0, unknownClass: 0, gone: 0 });
  assert.deepEqual([none.difference.mean, none.pValue], [0, 1]);
});
