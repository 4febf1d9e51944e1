import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import { normal } from '../random.js';
import { candidatePolicies, choosePolicy, policyOf, type PolicyOutcome } from './policies.js';

/** Losses around `mean`, of pictures that are hard or easy for every policy alike. */
function outcome(name: string, mean: number, count = 100, noise = 0.05): PolicyOutcome {
  const losses = Array.from({ length: count }, (_, i) => mean + 0.5 * normal('picture', i) + noise * normal(name, i));
  return { name, losses, correct: losses.map((loss) => loss < 1) };
}

test('policies grow from nothing; mirror images and upside-down ones can each be gone without', () => {
  const policies = candidatePolicies({ ...recipes.default.augmentation, policy: 'auto', mixup: 0.2 });
  assert.deepEqual(
    policies.map(({ augmentation: { horizontalFlip, verticalFlip, randAugment } }) => [
      horizontalFlip,
      verticalFlip,
      randAugment !== null,
    ]),
    [
      [false, false, false],
      [false, false, false],
      [true, false, false],
      [true, false, false],
      [true, true, false],
      [false, false, true],
    ],
  );
  for (const { name, augmentation } of policies) {
    assert.equal(augmentation.policy, 'given');
    assert.equal(augmentation.mixup, 0.2);
    assert.equal(augmentation.views, name === 'none' ? 1 : 4);
  }
  assert.deepEqual({ ...policies[3]?.augmentation, mixup: 0 }, recipes.default.augmentation);
  const [, crop] = candidatePolicies(recipes.reference.augmentation);
  assert.deepEqual([crop?.augmentation.views, crop?.augmentation.cropScale], [4, [0.4, 1]]);
});

test('the least loss wins where it shows, also below the noise between pictures', () => {
  const found = choosePolicy([outcome('none', 0.8), outcome('crop', 0.7), outcome('mirror', 0.6)]);
  assert.equal(found.chosen, 'mirror');
  assert.match(found.reason, /^mirror: validation loss 0\.\d{3}, top-1 0\.\d{3}, the lowest loss$/);
  const difference = found.policies[2]?.difference;
  assert.ok(difference && difference.interval[0] < -0.2 && difference.interval[1] > -0.2 && difference.interval[1] < 0);
  assert.deepEqual(found.policies[0]?.difference, { mean: 0, interval: [0, 0] });
});

test('where the difference is within one standard error, the simpler one is taken and the reason says so', () => {
  const found = choosePolicy([outcome('none', 0.8), outcome('crop', 0.6), outcome('mirror', 0.599, 100, 0.3)]);
  assert.equal(found.chosen, 'crop');
  if (!/the lowest loss$/.test(found.reason))
    assert.match(found.reason, /simplest within one standard error .* \(mirror/);
});

test('what harms is not taken: mirror images of digits', () => {
  const found = choosePolicy([outcome('none', 0.5), outcome('crop', 0.4), outcome('mirror', 0.45)]);
  assert.equal(found.chosen, 'crop');
  assert.throws(() => choosePolicy([]), RangeError);
});

test('an incumbent stays unless another is clearly better and recognises no fewer pictures', () => {
  const none = outcome('none', 0.6);
  const given = outcome('mirror', 0.8);
  assert.equal(choosePolicy([none, given], 'mirror').chosen, 'none');
  const close = choosePolicy([outcome('none', 0.799, 100, 0.3), given], 'mirror');
  assert.equal(close.chosen, 'mirror');
  const fewer = { ...none, correct: none.correct.map(() => false) };
  assert.match(
    choosePolicy([fewer, { ...given, correct: [true, ...given.correct.slice(1)] }], 'mirror').reason,
    /no other policy is clearly better/,
  );
  assert.equal(
    policyOf(candidatePolicies(recipes.default.augmentation), recipes.default.augmentation),
    'crop, mirror and colour',
  );
});
