import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScheduleNotFoundError } from '@temporalio/client';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { recurringSpec } from '../runs/sourceSpec.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { Schedules } from './schedules.js';

/** A Temporal that has these schedules. */
function schedulesOf(ids: Set<string>, visible: string[]) {
  const asked: string[] = [];
  const schedule = {
    getHandle: (id: string) => {
      asked.push(id);
      const found = async () => {
        if (!ids.has(id)) throw new ScheduleNotFoundError('none', id);
        return {};
      };
      return { describe: found, delete: async () => found().then(() => ids.delete(id)) };
    },
    async *list() {
      for (const scheduleId of ids) yield { scheduleId };
    },
  };
  const temporal = { client: { schedule }, visible: new Set(visible) } as unknown as TemporalConnection;
  return { schedules: new Schedules(temporal, {} as ModelRegistry), asked };
}

const plain = 'retrain-kestrel';
const digest = 'retrain-dfe28fca8ee5c289';

test('a schedule made before payloads were encrypted is found, and hinders another for the same model', async () => {
  const ids = new Set([plain]);
  const { schedules } = schedulesOf(ids, []);
  const spec = recurringSpec('s3://bucket/birds', { name: 'kestrel' });
  await assert.rejects(schedules.create(spec, { every: '1d' }), { code: 'GW_CONFLICT' });
  await schedules.delete('kestrel');
  assert.equal(ids.size, 0);
});

test('an address that is no webhook is named by its option, and not shown', async () => {
  const { schedules } = schedulesOf(new Set(), []);
  const spec = recurringSpec('s3://bucket/birds', { name: 'kestrel' });
  for (const [notify, message] of [
    ['ftp://x', /^--notify cannot be used: use an http:\/\/ or https:\/\/ address\.$/],
    ['https://me:word@x', /^--notify cannot be used: an address with a user name or password is secret\.$/],
  ] as const) {
    await assert.rejects(schedules.create(spec, { every: '1d', notify }), { code: 'GW_USAGE', message });
  }
});

test('one made with encryption is found without', async () => {
  const ids = new Set([digest]);
  const { schedules } = schedulesOf(ids, ['model']);
  await schedules.delete('kestrel');
  assert.equal(ids.size, 0);
});

test('a name that is to be hidden is asked of nobody', async () => {
  const { schedules, asked } = schedulesOf(new Set([digest]), []);
  await assert.rejects(schedules.delete('falcon'), { code: 'GW_SCHEDULE_NOT_FOUND' });
  assert.doesNotMatch(asked.join(), /falcon/);
});
