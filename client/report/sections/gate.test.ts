import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Production } from '../../../contracts/models/production.js';
import {
  promotionPolicySchema,
  type HeadToHead,
  type LostClasses,
  type PromotionOutcome,
} from '../../../contracts/spec/promotion.js';
import { headToHead } from '../../../learning/metrics/headToHead.js';
import { gate } from '../../../learning/promotion/gate.js';
import { decisionNotes } from '../decision.js';
import { gateSection } from './gate.js';
import { factsOf } from '../../../test/fixtures/factsForTests.js';
import type { ActivityRecord } from '../facts/history.js';
import { retrainingSection } from './retraining.js';
import { retrainingIn } from '../facts/retraining.js';
import { runPage } from '../runPage.js';

const evil = '<script>alert(1)</script>';
const times = (count: number, champion: boolean, challenger: boolean) =>
  Array.from({ length: count }, () => ({ champion, challenger }));

/** 100 pictures that both recognise, `worse` that only the champion does, `won` that only the challenger does. */
function judged(
  worse: number,
  won: number,
  comparison?: HeadToHead | null,
  lost?: LostClasses,
): PromotionOutcome['gate'] {
  const pictures = [...times(100, true, true), ...times(worse, true, false), ...times(won, false, true)];
  return gate({
    challenger: { name: 'insects', version: 2 },
    champion: comparison === null ? null : { name: 'insects', version: 1 },
    comparison: comparison === undefined ? headToHead(pictures, { seen: 3, unknownClass: 1, gone: 0 }) : comparison,
    policy: promotionPolicySchema.parse({ leastRecall: 0.9, mostBytes: 999 }),
    lost,
    measured: {
      perClass: [{ class: evil, support: 100, recall: 0.8 }],
      calibration: { error: 0.05, low: 0.02 },
      ...{ bytes: 1000, milliseconds: null },
    },
  });
}

const outcome = (more: Partial<PromotionOutcome> = {}): PromotionOutcome => {
  const report = judged(2, 20);
  return { status: 'refused', reason: report.reason, by: 'gate', gate: report, ...more };
};

const facts = (promotion: PromotionOutcome | undefined, production: Production | null = null) => {
  const base = factsOf(null, { production });
  const result = { ...base.result, model: { name: 'insects', version: 2 } };
  return { ...base, result: promotion === undefined ? result : { ...result, promotion } };
};
const flat = (markup: string): string => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const production: Production = {
  format: 1,
  name: 'insects',
  version: 3,
  history: [
    { at: '2026-01-01T10:00:00.000Z', from: null, to: 1, by: 'gate', why: 'the first one', kind: 'promotion' },
    { at: '2026-01-02T10:00:00.000Z', from: 1, to: 2, by: 'ada', why: 'looked at it', kind: 'promotion' },
    { at: '2026-01-03T10:00:00.000Z', from: 2, to: 3, by: evil, why: evil, kind: 'promotion' },
  ],
};

test('the gate’s decision stands in the head of the page, and its figures in a section', () => {
  const { html } = runPage(facts(outcome()), {});
  assert.match(
    html,
    /class="verdict open">[\s\S]*The gate kept it out of production, and insects@1 stays there: recall of [\s\S]*clearly better/,
  );
  const text = flat(html);
  assert.match(text, /Champion and challenger on the same 122 test pictures/);
  assert.match(text, /champion insects@1 83\.6 % 2 challenger insects@2 98\.4 % 20/);
  assert.match(text, /\+14\.8 points \(95 % interval \+7\.\d to \+21\.\d\)\. McNemar's exact test: p = 0\.00012\./);
  assert.match(
    text,
    /Left out: 3 pictures that one of the two models was trained on; 1 picture of classes that the champion does not know/,
  );
  assert.match(text, /least recall of a class 80\.0 % \( &lt;script&gt;.* \) at most 87\.\d % at least 90\.0 % no/);
  assert.match(text, /size of the parameters 1,000 bytes – at most 999 bytes no/);
  assert.match(text, /time for one picture not measured – nothing –/);
  assert.doesNotMatch(html, /<script|NaN|undefined|\[object/);
});

test('every end of a decision is a sentence that says who, and why', () => {
  const sentence = (more: Partial<PromotionOutcome>) => decisionNotes(facts(outcome(more)).result, null).join(' ');
  assert.match(sentence({ status: 'promoted' }), /^The gate put it into production: recall of .*; clearly better: /);
  assert.equal(
    sentence({ status: 'promoted', by: 'ada', reason: 'Looked at it.' }),
    'ada put it into production: Looked at it.',
  );
  assert.match(sentence({ status: 'waiting' }), /waits for a person's approval: recall of .*; clearly better/);
  assert.equal(
    sentence({ status: 'rejected', by: 'ben', reason: 'too slow' }),
    'ben kept it out of production, and insects@1 stays there: too slow.',
  );
  assert.equal(
    sentence({ status: 'expired', by: 'nobody', reason: 'nobody answered within 7 days' }),
    'It is not in production: nobody answered within 7 days.',
  );
  assert.match(
    sentence({ status: 'overtaken', reason: 'insects@3 was put there.' }),
    /overtook it: insects@3 was put there\.$/,
  );
});

test('classes that the new model has lost are named', () => {
  const lost = { gone: [evil], untested: ['wasp'], added: [] };
  const report = judged(2, 20, undefined, lost);
  const { markup } = gateSection(facts(outcome({ gate: report, reason: report.reason })));
  assert.match(flat(markup), /classes it no longer knows &lt;script&gt;/);
  assert.match(flat(markup), /classes it no longer has test pictures of wasp/);
  assert.doesNotMatch(flat(markup), /classes that only it knows/);
  assert.doesNotMatch(markup, /<script/);
  assert.doesNotMatch(flat(gateSection(facts(outcome())).markup), /classes it no longer knows/);
});

test('what served when is shown, and whether this model still does', () => {
  const given = facts(outcome({ status: 'promoted', by: 'ada', reason: 'looked at it' }), production);
  assert.match(
    decisionNotes(given.result, production)[1] ?? '',
    /^It is no longer in production: insects@3 is \(<script>/,
  );
  const text = flat(gateSection(given).markup);
  assert.match(
    text,
    /the newest first .* insects@3 insects@2 promotion .* insects@2 insects@1 promotion ada looked at it/,
  );
  const { html } = runPage(given, {});
  assert.doesNotMatch(html, /<script|NaN|undefined/);
  // Without a gate, a person may have promoted it.
  const byHand = { ...production, version: 2, history: production.history.slice(0, 2) };
  assert.deepEqual(decisionNotes(facts(undefined).result, byHand), [
    'It is in production: promotion by ada, 2026-01-02: looked at it.',
  ]);
  assert.doesNotMatch(runPage(facts(undefined), {}).html, /id="gate"/);
});

test('a first model has nobody to beat; where no picture serves both, that is said', () => {
  const first = judged(0, 0, null);
  const text = flat(gateSection(facts(outcome({ gate: first, reason: first.reason }))).markup);
  assert.match(text, /the first one: nothing was in production/);
  assert.doesNotMatch(text, /champion insects/);
  const none = judged(0, 0, headToHead([], { seen: 12, unknownClass: 0, gone: 0 }));
  const apart = flat(gateSection(facts(outcome({ gate: none }))).markup);
  assert.match(apart, /No test picture can be used to judge both models\. Left out: 12 pictures/);
  assert.doesNotMatch(apart, /NaN|Infinity/);
});

test('a retraining says why it trained, from where, and what had changed', () => {
  const answer = (type: string, value: unknown): ActivityRecord => ({
    ...{ type, answer: value, pool: 'cpu', outcome: 'completed' },
    ...{ scheduledAt: 0, startedAt: 0, endedAt: 1, attempts: 1 },
  });
  const plan = answer('planRetraining', {
    ...{ unchanged: false, reason: 'the data has changed', before: null, settings: '', spec: {} },
    warmStart: { model: { name: 'insects', version: 1 }, reason: 'insects@1 is in production' },
  });
  const drift = answer('measureDrift', {
    ...{ format: 1, before: 'a'.repeat(64), after: 'b'.repeat(64), summary: '1 pictures added' },
    classes: { added: [evil], gone: [] },
    pictures: { added: 1, gone: 0, stayed: 36 },
    balance: { statistic: 0.123, degrees: 1, pValue: 0.726 },
    features: null,
  });
  const retraining = retrainingIn('retrain-insects', [plan, drift]);
  assert.ok(retraining);
  const { markup } = retrainingSection(retraining);
  assert.match(flat(markup), /trained from insects@1: insects@1 is in production/);
  assert.match(flat(markup), /1 added, 0 removed, 36 in both/);
  assert.match(flat(markup), /χ² = 0\.123, 1 degree of freedom, p = 0\.73/);
  assert.doesNotMatch(markup, /<script/);
  assert.match(retrainingSection({ ...retraining, drift: null }).markup, /no earlier version to compare with/);
  assert.equal(retrainingIn('retrain-insects', []), null);
});
