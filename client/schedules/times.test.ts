import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { milliseconds, parseMoment, scheduleSpec } from './times.js';

describe('when a schedule ticks', () => {
  test('an interval, cron fields or a calendar, as a person writes them', () => {
    assert.deepEqual(scheduleSpec({ every: '1d', jitter: '5m' }), {
      intervals: [{ every: 86_400_000 }],
      jitter: 300_000,
    });
    assert.deepEqual(scheduleSpec({ cron: ' 30 3  * * mon ' }), { cronExpressions: ['30 3 * * mon'], jitter: 0 });
    assert.deepEqual(scheduleSpec({ calendar: 'Mon,thursday 03:30', timezone: 'Europe/Berlin' }), {
      calendars: [{ hour: 3, minute: 30, second: 0, dayOfWeek: ['MONDAY', 'THURSDAY'] }],
      timezone: 'Europe/Berlin',
      jitter: 0,
    });
    assert.deepEqual(scheduleSpec({ calendar: 'day 1 04:00' }).calendars, [
      { hour: 4, minute: 0, second: 0, dayOfMonth: 1 },
    ]);
    assert.deepEqual(scheduleSpec({ calendar: '23:59' }).calendars, [{ hour: 23, minute: 59, second: 0 }]);
  });

  test('what cannot be read is refused, with an example', () => {
    const wrong = [
      {},
      { every: '1d', cron: '* * * * *' },
      { every: 'soon' },
      { every: '0' },
      { cron: '* * * *' },
      { cron: '@daily' },
      { cron: '60 * * * *' },
      { cron: '0 24 * * *' },
      { cron: '0 0 0 * *' },
      { cron: '0 0 1 13 *' },
      { cron: '0 0 * * fry' },
      { cron: '5-1 * * * *' },
      { cron: '*/0 * * * *' },
      { calendar: 'mon' },
      { calendar: '24:00' },
      { calendar: 'someday 03:00' },
      { calendar: 'day 32 03:00' },
      { every: '1d', timezone: 'Europe/Berlin' },
      { calendar: '03:30', timezone: 'Middle/Earth' },
      { every: '1d', jitter: 'some' },
    ];
    for (const times of wrong) {
      assert.throws(() => scheduleSpec(times), { code: 'GW_USAGE', exitCode: 2 }, JSON.stringify(times));
    }
  });

  test('every way of writing a cron field that Temporal reads is let through', () => {
    for (const cron of ['*/5 9-17 1,15 jan-MAR mon-fri', '0 0 31 12 7', '10-50/20 * * * 0,6', '5/15 * * * *']) {
      assert.deepEqual(scheduleSpec({ cron }).cronExpressions, [cron]);
    }
  });

  test('a time that is too long is refused as that', () => {
    assert.throws(() => milliseconds('100d', '--every'), { message: /and 30 days/ });
  });

  test('times and moments', () => {
    assert.equal(milliseconds('1h30m', '--timeout'), 5_400_000);
    assert.equal(parseMoment('2026-01-31T04:00Z').getTime(), Date.UTC(2026, 0, 31, 4));
    assert.equal(parseMoment('2026-01-31T04:00+01:00').getTime(), Date.UTC(2026, 0, 31, 3));
    assert.throws(() => parseMoment('yesterday'), { code: 'GW_USAGE' });
    assert.throws(() => parseMoment('2026-01-31T04:00'), { code: 'GW_USAGE', message: /no time zone/ });
  });
});
