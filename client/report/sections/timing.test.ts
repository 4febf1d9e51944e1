import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EncryptionCodec } from '../../../codec/encryptionCodec.js';
import { activitiesIn, childrenIn, decrypt, type ActivityRecord } from '../facts/history.js';
import { html } from '../page/html.js';
import { leaksIntoTest } from '../leaks/leaks.js';
import { factsOf, outcomesOf } from '../../../test/fixtures/factsForTests.js';
import { runPage } from '../runPage.js';
import { timingSection, totalsOf } from './timing.js';

type Events = Parameters<typeof activitiesIn>[0];

/** Seconds after the run's beginning, as Temporal has them. */
const at = (seconds: number) => ({ seconds: 1_000 + Math.floor(seconds), nanos: (seconds % 1) * 1e9 }) as never;
const id = (number: number) => number as never;
const payload = (value: unknown) => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(value)),
});
const scheduled = (number: number, seconds: number, name: string, queue: string) => ({
  eventId: id(number),
  eventTime: at(seconds),
  activityTaskScheduledEventAttributes: { activityType: { name }, taskQueue: { name: queue } },
});

const events: Events = [
  scheduled(1, 0, 'ingestDataset', 'graftwork-cpu-v1'),
  { eventId: id(2), eventTime: at(1), activityTaskStartedEventAttributes: { scheduledEventId: id(1), attempt: 1 } },
  {
    eventId: id(3),
    eventTime: at(4.5),
    activityTaskCompletedEventAttributes: {
      scheduledEventId: id(1),
      result: { payloads: [payload({ reused: true })] },
    },
  },
  scheduled(4, 5, 'trainStage', 'graftwork-gpu-v5'),
  { eventId: id(5), eventTime: at(65), activityTaskStartedEventAttributes: { scheduledEventId: id(4), attempt: 3 } },
  { eventId: id(6), eventTime: at(3665), activityTaskFailedEventAttributes: { scheduledEventId: id(4) } },
  scheduled(7, 3665, 'trainStage', 'graftwork-gpu-v5'),
];
const now = 1_000_000 + 3_675_000;

test('a history shows when activities waited, ran and ended, whatever contract their queue is of', () => {
  const [ingest, failed, open] = activitiesIn(events);
  assert.equal(ingest?.pool, 'cpu');
  assert.deepEqual(ingest?.answer, { reused: true });
  assert.equal(failed?.outcome, 'failed');
  assert.equal(failed?.attempts, 3);
  assert.deepEqual([open?.outcome, open?.startedAt, open?.endedAt], ['open', null, null]);
});

test('answers that travelled encrypted are read with their key, and left alone without it', async () => {
  const codec = new EncryptionCodec([{ id: 'spring', key: Buffer.alloc(32, 7).toString('base64') }]);
  const answered = async (reader: EncryptionCodec): Promise<unknown> => {
    const payloads = await codec.encode([payload({ reused: true })]);
    const ended = {
      eventId: id(3),
      eventTime: at(4),
      activityTaskCompletedEventAttributes: { scheduledEventId: id(1), result: { payloads } },
    };
    const history: Events = [scheduled(1, 0, 'evaluateModel', 'graftwork-gpu-v1'), ended];
    await decrypt(history, reader);
    return activitiesIn(history)[0]?.answer;
  };
  assert.deepEqual(await answered(codec), { reused: true });
  assert.equal(await answered(new EncryptionCodec([])), undefined);
});

test('waiting for a person’s approval after a run is no time of the run', () => {
  const child = (name: string) => ({
    childWorkflowExecutionStartedEventAttributes: {
      workflowType: { name },
      workflowExecution: { workflowId: `run-${name}`, runId: 'r' },
    },
  });
  assert.deepEqual(childrenIn([child('rankSources'), child('awaitApproval')]), [
    { id: 'run-rankSources', execution: 'r' },
  ]);
});

test('time and cost by kind of activity: waiting costs nothing, and what has no price has no cost', () => {
  const totals = totalsOf(activitiesIn(events), { gpu: 2.5 }, now);
  assert.deepEqual(totals, [
    { type: 'ingestDataset', pool: 'cpu', times: 1, retries: 0, waited: 1, ran: 3.5, cost: null },
    { type: 'trainStage', pool: 'gpu', times: 2, retries: 2, waited: 70, ran: 3600, cost: 2.5 },
  ]);
});

test('of a stage that was begun again, what its checkpoints kept counts as run, but no more than there was time', () => {
  const stage = {
    ...{
      format: 1,
      name: 'head',
      kind: 'head',
      epochs: [],
      bestEpoch: 1,
      validation: null,
      kept: true,
      reason: 'it is',
    },
    ...{ parameters: 'a'.repeat(64), trainable: [], ended: 'completed', imagesPerSecond: 1 },
  };
  const trained = (seconds: number, attempts: number, reused = false): ActivityRecord => ({
    ...{ type: 'trainStage', pool: 'gpu', scheduledAt: 0, startedAt: 600_000, endedAt: 1_000_000, attempts },
    ...{
      outcome: 'completed',
      answer: { key: 'b'.repeat(64), reused, resumedFrom: null, result: { ...stage, seconds } },
    },
  });
  const ran = (...of: Parameters<typeof trained>): number[] =>
    totalsOf([trained(...of)], {}, now).flatMap((total) => [total.ran, total.waited]);
  assert.deepEqual(ran(900, 2), [900, 100]);
  assert.deepEqual(ran(300, 2), [400, 600]);
  assert.deepEqual(ran(5000, 2), [1000, 0], 'another run had trained most of it');
  assert.deepEqual(ran(900, 1), [400, 600], 'a pause ends an activity: each counts its own time');
  assert.deepEqual(ran(900, 2, true), [400, 600]);
  const cost = (record: ActivityRecord) => timingSection([record], [], { gpu: 1 }, now).markup;
  assert.match(cost(trained(900, 2)), /The real cost is at least this much/);
  assert.doesNotMatch(cost(trained(900, 1)), /at least/);
  const tile = (record: ActivityRecord) => runPage(factsOf(null, { activities: [record] }), { gpu: 1 }).html;
  assert.match(tile(trained(900, 2)), /cost of the time worked, at least</);
  assert.match(tile(trained(900, 1)), /cost of the time worked</);
  assert.match(tile({ ...trained(900, 1), outcome: 'open' }), /cost of the time worked, at least</);
});

test('without a price only time is shown; without a history how long the stages took', () => {
  const stage = {
    name: 'head',
    epochs: [],
    seconds: 75,
    kept: true,
    reason: '',
    resumedFrom: null,
    cache: { hits: 0, misses: 1, reason: '' },
  };
  const shown = (activities: Parameters<typeof timingSection>[0], prices = {}) =>
    timingSection(activities, [stage], prices, now).markup;
  assert.doesNotMatch(shown(activitiesIn(events)), />cost</);
  assert.match(shown(activitiesIn(events), { gpu: 2.5 }), />2\.50</);
  assert.match(shown(activitiesIn(events)), /Unfinished activities count as waiting/);
  assert.doesNotMatch(shown(activitiesIn(events.slice(0, 3))), /Unfinished activities/);
  assert.match(shown(null), /no longer has the run&#39;s history|no longer has the run's history/);
  assert.match(shown(null), /1 min 15 s/);
});

test('a test picture that training has seen is a leak; one that is twice in the test is none', () => {
  const outcomes = outcomesOf([
    { label: 0, probabilities: [1, 0], path: 'test/a' },
    { label: 0, probabilities: [0, 1], path: 'test/b' },
    { label: 0, probabilities: [1, 0], path: 'test/c' },
  ]);
  const splits = new Map([
    ['train/a', 'train'],
    ['test/a', 'test'],
    ['test/b', 'test'],
    ['test/c', 'test'],
  ] as const);
  const group = (...paths: string[]) => ({ kind: 'near' as const, paths, acrossSplits: true, acrossClasses: false });
  const { paths, without } = leaksIntoTest(
    { groups: [group('train/a', 'test/a'), group('test/b', 'test/c')], counted: 2, splitOf: splits, source: null },
    outcomes,
  );
  assert.deepEqual([...paths], ['test/a']);
  assert.deepEqual([without?.count, without?.top1], [2, 0.5]);
});

test('templates escape whatever is put into them, in lists too', () => {
  const evil = `<b a="1" b='2'>&`;
  const escaped = '&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;';
  assert.equal(
    html`<i title="${evil}">${[evil, html`<u>${evil}</u>`]}${null}${false}${0}</i>`.markup,
    `<i title="${escaped}">${escaped}<u>${escaped}</u>0</i>`,
  );
});
