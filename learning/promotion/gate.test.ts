import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promotionPolicySchema, type LostClasses, type PromotionPolicy } from '../../contracts/spec/promotion.js';
import { headToHead } from '../metrics/headToHead.js';
import { gate } from './gate.js';
import type { Measured } from './limits.js';

const measured: Measured = {
  perClass: [
    { class: 'ants', support: 100, recall: 0.9 },
    { class: 'bees', support: 100, recall: 0.8 },
  ],
  calibration: { error: 0.05, low: 0.03 },
  bytes: 1e6,
  milliseconds: { median: 12, low: 11 },
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

function judged(
  counts: [number, number, number, number],
  given: Partial<PromotionPolicy> = {},
  made = measured,
  lost?: LostClasses,
) {
  return gate({
    lost,
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
    assert.equal(first({ leastRecall: 0.95 }).passes, false);
  });

  test('each limit is checked, and the reason says which one is broken', () => {
    const better: [number, number, number, number] = [100, 20, 5, 25];
    const cases: [Partial<PromotionPolicy>, RegExp][] = [
      [
        { leastRecall: 0.9 },
        /recall of bees is 80\.0 %, with 95 % confidence at most 87\.8 %; at least 90\.0 % is required/,
      ],
      [{ mostCalibrationError: 0.02 }, /calibration error: 0\.05, with 95 % confidence at least 0\.03; at most 0\.02/],
      [{ mostBytes: 999_999 }, /bytes: 1000000; at most 999999 is allowed/],
      [{ mostMilliseconds: 10 }, /milliseconds: 12, with 95 % confidence at least 11; at most 10 is allowed/],
    ];
    for (const [policy, reason] of cases) {
      const report = judged(better, policy);
      assert.equal(report.passes, false);
      assert.match(report.reason, reason);
      assert.match(report.reason, /; clearly better: /, 'what decides comes first');
    }
    // Measured on the wrong side of the limit, but not clearly.
    const met = judged(better, {
      leastRecall: 0.85,
      mostCalibrationError: 0.04,
      mostBytes: 1e6,
      mostMilliseconds: 11.5,
    });
    assert.equal(met.passes, true);
    assert.deepEqual(
      met.limits.map(({ what, value, holds }) => [what, value, holds]),
      [
        ['recall', 0.8, true],
        ['calibration error', 0.05, true],
        ['bytes', 1e6, true],
        ['milliseconds', 12, true],
      ],
    );
  });

  test('a difference that is clear, and smaller than the margin, is no reason to refuse', () => {
    // 20,000 pictures, −0.4 points, interval about −0.8 to −0.1.
    const counts: [number, number, number, number] = [18_000, 640, 720, 640];
    const { verdict, passes, comparison } = judged(counts, { margin: 0.02 });
    assert.ok(comparison !== null && comparison.pValue < 0.05 && comparison.difference.low > -0.02);
    assert.deepEqual({ verdict, passes }, { verdict: 'no-worse', passes: true });
    // The margin decides, and who wants none of it says so.
    assert.equal(judged(counts, { margin: 0.005 }).verdict, 'worse');
    assert.equal(judged(counts, { margin: 0 }).verdict, 'worse');
    assert.equal(judged(counts, { tie: 'keep' }).passes, false);
  });

  test('a model that is better passes whatever its margin', () => {
    assert.equal(judged([18_000, 640, 640, 720], { margin: 0 }).verdict, 'better');
  });

  test('what was to be measured and was not does not pass', () => {
    const report = judged([100, 20, 5, 25], { mostMilliseconds: 10 }, { ...measured, milliseconds: null });
    assert.equal(report.passes, false);
    assert.match(report.reason, /milliseconds: not measured/);
  });

  test('a model that has lost a class is refused, however good it is; the reason names class and remedy', () => {
    const better: [number, number, number, number] = [100, 20, 5, 25];
    const lost = { gone: ['wasps'], untested: ['moths'], added: ['hornets'] };
    const refused = judged(better, {}, measured, lost);
    assert.deepEqual([refused.verdict, refused.passes], ['better', false]);
    assert.deepEqual(refused.lostClasses, lost);
    assert.match(refused.reason, /^birds@2 does not know wasps.*; clearly better: /, 'what decides comes first');
    assert.match(refused.reason, /birds@2 does not know wasps, which birds@1 knows \(it has hornets instead/);
    assert.match(refused.reason, /was not tested on moths, which birds@1 was tested on/);
    assert.match(
      refused.reason,
      /complete the data and train again\. If it is, run `graftwork models promote birds@2`/,
    );
    const many = { gone: Array.from({ length: 12 }, (_, i) => `class ${i}`), untested: [], added: [] };
    assert.match(judged(better, {}, measured, many).reason, /class 9 and 2 more, which/);
    assert.equal(judged(better).lostClasses, undefined);
  });

  test('lost classes are for a person where one is asked, and for nobody where the policy allows them', () => {
    const better: [number, number, number, number] = [100, 20, 5, 25];
    const lost = { gone: ['wasps'], untested: [], added: [] };
    const asked = judged(better, { policy: 'approve' }, measured, lost);
    assert.equal(asked.passes, true);
    assert.match(asked.reason, /does not know wasps.*approve it only if this is intended/);
    assert.equal(judged(better, { lostClasses: 'allow' }, measured, lost).passes, true);
    // Being allowed to lose a class is no pass by itself.
    assert.equal(judged([100, 20, 25, 5], { lostClasses: 'allow' }, measured, lost).passes, false);
  });
});
