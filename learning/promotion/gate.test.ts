import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promotionPolicySchema, type PromotionPolicy } from '../../contracts/promotion.js';
import { headToHead } from '../metrics/headToHead.js';
import { findLeastRecall, gate, type Measured } from './gate.js';

const measured: Measured = {
  leastRecall: { class: 'bees', recall: 0.8 },
  calibrationError: 0.05,
  bytes: 1e6,
  milliseconds: 12,
};
const none = { seen: 0, unknownClass: 0, gone: 0 };

/** Both right, both wrong, only the champion, only the challenger. */
function pictures(both: number, neither: number, onlyChampion: number, onlyChallenger: number) {
  const times = (count: number, champion: boolean, challenger: boolean) =>
    Array.from({ length: count }, () => ({ champion, challenger }));
  return [
    ...times(both, true, true),
    ...times(neither, false, false),
    ...times(onlyChampion, true, false),
    ...times(onlyChallenger, false, true),
  ];
}

function judged(counts: [number, number, number, number], given: Partial<PromotionPolicy> = {}, made = measured) {
  return gate({
    challenger: { name: 'birds', version: 2 },
    champion: { name: 'birds', version: 1 },
    comparison: headToHead(pictures(...counts), none),
    policy: { ...promotionPolicySchema.parse({}), ...given },
    measured: made,
  });
}

describe('the gate', () => {
  test('a model that is clearly worse is refused, whatever the policy on ties', () => {
    for (const tie of ['no-worse', 'promote', 'keep'] as const) {
      const { verdict, passes } = judged([100, 20, 25, 5], { tie });
      assert.deepEqual({ verdict, passes }, { verdict: 'worse', passes: false });
    }
  });

  test('a model that is clearly better passes, whatever the policy on ties', () => {
    for (const tie of ['no-worse', 'promote', 'keep'] as const) {
      const { verdict, passes, reason } = judged([100, 20, 5, 25], { tie });
      assert.deepEqual({ verdict, passes }, { verdict: 'better', passes: true });
      assert.match(reason, /\+13\.3 points .* on 150 pictures/);
    }
  });

  test('of equals the policy decides', () => {
    const passes = (tie: PromotionPolicy['tie']) => judged([140, 10, 0, 0], { tie }).passes;
    assert.equal(judged([140, 10, 0, 0]).verdict, 'no-worse');
    assert.deepEqual([passes('no-worse'), passes('promote'), passes('keep')], [true, true, false]);
  });

  test('few pictures show nothing: only a policy that prefers the new one lets it pass', () => {
    const passes = (tie: PromotionPolicy['tie']) => judged([12, 2, 1, 1], { tie }).passes;
    assert.equal(judged([12, 2, 1, 1]).verdict, 'unclear');
    assert.deepEqual([passes('no-worse'), passes('promote'), passes('keep')], [false, true, false]);
  });

  test('without a picture to compare by nothing is shown', () => {
    const { verdict, passes, comparison } = judged([0, 0, 0, 0]);
    assert.deepEqual({ verdict, passes }, { verdict: 'unclear', passes: false });
    assert.equal(comparison?.difference.mean, 0);
  });

  test('the first model passes by its limits alone', () => {
    const first = (policy: Partial<PromotionPolicy>) =>
      gate({
        challenger: { name: 'birds', version: 1 },
        champion: null,
        comparison: null,
        policy: { ...promotionPolicySchema.parse({}), ...policy },
        measured,
      });
    assert.equal(first({}).passes, true);
    assert.equal(first({}).verdict, 'first');
    assert.equal(first({ leastRecall: 0.9 }).passes, false);
  });

  test('each limit is checked, and told when it is broken', () => {
    const better: [number, number, number, number] = [100, 20, 5, 25];
    const cases: [Partial<PromotionPolicy>, RegExp][] = [
      [{ leastRecall: 0.9 }, /recall of bees is 80\.0 %, at least 90\.0 % is asked/],
      [{ mostCalibrationError: 0.02 }, /calibration error: 0\.05, at most 0\.02 is asked/],
      [{ mostBytes: 999_999 }, /bytes: 1000000, at most 999999 is asked/],
      [{ mostMilliseconds: 10 }, /milliseconds: 12, at most 10 is asked/],
    ];
    for (const [policy, reason] of cases) {
      const report = judged(better, policy);
      assert.equal(report.passes, false);
      assert.match(report.reason, reason);
    }
    const met = judged(better, {
      leastRecall: 0.8,
      mostCalibrationError: 0.05,
      mostBytes: 1e6,
      mostMilliseconds: 12,
    });
    assert.equal(met.passes, true);
    assert.equal(met.limits.length, 4);
  });

  test('a class without test pictures breaks the limit on recall: a model may be blind to it', () => {
    const leastRecall = findLeastRecall([
      { class: 'ants', recall: 1 },
      { class: 'bees', recall: null },
    ]);
    const report = judged([100, 20, 5, 25], { leastRecall: 0.5 }, { ...measured, leastRecall });
    assert.equal(report.passes, false);
    assert.match(report.reason, /recall of bees is unknown: it has no test pictures/);
    assert.deepEqual(
      findLeastRecall([
        { class: 'ants', recall: 1 },
        { class: 'bees', recall: 0 },
      ]),
      { class: 'bees', recall: 0 },
    );
  });

  test('what was to be measured and was not does not pass', () => {
    const report = judged([100, 20, 5, 25], { mostMilliseconds: 10 }, { ...measured, milliseconds: null });
    assert.equal(report.passes, false);
    assert.match(report.reason, /milliseconds: not measured/);
  });
});
