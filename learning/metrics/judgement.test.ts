import assert from 'node:assert/strict';
import { test } from 'node:test';
import { againstBaseline, baselineOf, mistakesAvoided } from './baseline.js';
import { answerOf, evaluate } from './evaluate.js';
import {
  judgeCalibration,
  judgeClass,
  judgeLoss,
  judgeMacroF1,
  judgementLimits,
  judgementRules,
  judgeTestSize,
  judgeTop1,
  judgeTopK,
} from './judgement.js';

/** Pictures of the first class and of the others; so many of each recognised, with this confidence. */
function tested(rows: readonly { pictures: number; right: number }[], confidence = 0.9) {
  const classes = rows.map((_row, index) => `class ${index}`);
  const answers = rows.flatMap(({ pictures, right }, label) =>
    Array.from({ length: pictures }, (_, index) => {
      const named = index < right ? label : (label + 1) % rows.length;
      const rest = (1 - confidence) / (rows.length - 1);
      return answerOf(
        rows.map((_row, at) => (at === named ? confidence : rest)),
        label,
      );
    }),
  );
  return evaluate(answers, classes, [2]);
}

test('a model is measured against always answering the most frequent class', () => {
  const most = tested([
    { pictures: 30, right: 30 },
    { pictures: 70, right: 60 },
  ]);
  assert.deepEqual(baselineOf(most), { class: 'class 1', share: 0.7 });
  assert.equal(baselineOf({ ...most, perClass: [] }), undefined);
  const stands = (top1: number, interval: [number, number]) => againstBaseline({ top1, interval }, 0.5);
  assert.equal(stands(0.7, [0.51, 0.8]), 'better');
  assert.equal(stands(0.7, [0.5, 0.8]), 'not clearly better');
  assert.equal(stands(0.5, [0.4, 0.6]), 'no better');
  assert.equal(stands(0.3, [0.2, 0.49]), 'worse');
  assert.deepEqual([mistakesAvoided(1, 0.5), mistakesAvoided(0.75, 0.5), mistakesAvoided(0.5, 0.5)], [1, 0.5, 0]);
  assert.deepEqual([mistakesAvoided(1, 1), mistakesAvoided(0.9, 1)], [1, 0]);
});

test('top-1 is good, moderate, weak or no better than a constant answer', () => {
  const judged = (right: number) =>
    judgeTop1(
      tested([
        { pictures: 500, right },
        { pictures: 500, right },
      ]),
    );
  assert.deepEqual(judged(475), {
    tone: 'good',
    text: 'good: 90.0 % fewer mistakes than always answering the most frequent class',
  });
  assert.match(judged(375)?.text ?? '', /^moderate: 50\.0 % fewer/);
  assert.match(judged(300)?.text ?? '', /^weak: 20\.0 % fewer/);
  assert.deepEqual(judged(250), {
    tone: 'bad',
    text: 'no better than always answering the most frequent class (50.0 %)',
  });
  assert.match(judged(100)?.text ?? '', /^worse than/);
});

test('top-k is measured against the k most frequent classes', () => {
  const three = [300, 300, 400].map((pictures) => ({ pictures, right: pictures }));
  assert.deepEqual(judgeTopK(tested(three), '2'), {
    tone: 'good',
    text: 'good: 100.0 % fewer mistakes than always naming the 2 most frequent classes',
  });
  assert.equal(judgeTopK(tested(three), '5'), undefined);
});

test('macro F1 below the interval of top-1 says that small classes suffer; else it is as good as top-1', () => {
  const even = tested([
    { pictures: 200, right: 190 },
    { pictures: 200, right: 190 },
  ]);
  assert.deepEqual(judgeMacroF1(even), { tone: 'good', text: 'in line with top-1' });
  const uneven = tested([
    { pictures: 390, right: 390 },
    { pictures: 10, right: 1 },
  ]);
  assert.match(judgeMacroF1(uneven).text, /few pictures are recognised worse/);
});

test('a calibration error is good, usual or poor, and no more certain than the test is large', () => {
  const bins = (count: number, confidence: number, accuracy: number) => [
    { low: 0, high: 1, count, confidence, accuracy },
  ];
  assert.deepEqual(judgeCalibration(bins(10_000, 0.9, 0.9)), { tone: 'good', text: 'good: at most 0.04' });
  assert.deepEqual(judgeCalibration(bins(100_000, 0.97, 0.9)), {
    tone: 'open',
    text: 'usual for a network: 0.04 to 0.10',
  });
  assert.deepEqual(judgeCalibration(bins(10_000, 0.9, 0.6)), { tone: 'bad', text: 'poor: above 0.10' });
  const few = judgeCalibration(bins(18, 0.75, 0.5));
  assert.equal(few.tone, 'open');
  assert.equal(judgeCalibration(bins(18, 0.75, 0.75)).text, 'too few pictures to judge');
  assert.match(few.text, /^poor: above 0\.10; with 95 % confidence at least 0\.0\d\d$/);
});

test('a loss above that of the classes’ frequencies is poor', () => {
  const half = (right: number, confidence: number) =>
    judgeLoss(
      tested(
        [
          { pictures: 50, right },
          { pictures: 50, right },
        ],
        confidence,
      ),
    );
  assert.equal(half(45, 0.9)?.tone, 'good');
  assert.match(half(25, 0.99)?.text ?? '', /^poor: not below 0\.6931/);
});

test('a test that is too small says how large it would have to be', () => {
  const sized = (each: number) =>
    judgeTestSize(
      tested([
        { pictures: each, right: each * 0.9 },
        { pictures: each, right: each * 0.9 },
      ]),
    );
  assert.match(sized(1000).text, /^enough: the interval is 3 points wide/);
  const { tone, text } = sized(10);
  assert.equal(tone, 'open');
  const [, needed = ''] = /about ([\d,]+) would make it 10 points/.exec(text) ?? [];
  assert.ok(Number(needed) > 100 && Number(needed) < 300, text);
});

test('a class is weaker or stronger than the rest, or that cannot be said', () => {
  const one = (support: number, recall: number | null) =>
    judgeClass({ class: 'a', support, recall, precision: null, f1: null }, 0.8)?.text;
  assert.equal(one(100, 0.5), 'weaker than the rest');
  assert.equal(one(100, 0.97), 'stronger than the rest');
  assert.equal(one(100, 0.8), 'like the rest');
  assert.equal(one(4, 0.75), 'too few pictures to judge');
  assert.equal(one(0, null), undefined);
});

test('the rules say the limits that are applied', () => {
  const text = judgementRules({}).join('\n');
  const { avoided, calibration, width, classWidth } = judgementLimits;
  for (const share of [avoided.good, avoided.weak]) assert.ok(text.includes(`${100 * share} %`), String(share));
  for (const points of [width, classWidth]) assert.ok(text.includes(`${100 * points} points`), String(points));
  for (const error of [calibration.good, calibration.poor]) assert.ok(text.includes(error.toFixed(2)), String(error));
});

test('the rules of a multi-label model speak of its figures alone', () => {
  const interval: [number, number] = [0.7, 0.9];
  const multiLabel = { mAP: 0.8, interval, microF1: 0.7, exactMatch: 0.5, labels: 1, given: 1 };
  const text = judgementRules({ multiLabel }).join('\n');
  assert.match(text, /mAP.*jackknife/);
  assert.doesNotMatch(text, /[Tt]op-1|kappa|Wilson/);
  assert.ok(text.includes(`${100 * judgementLimits.width} points`));
});
