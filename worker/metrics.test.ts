import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { Runtime } from '@temporalio/worker';
import { metrics, servedName, type Measure, type MetricName } from '../contracts/metrics.js';
import { holdPorts } from '../infra/stack/ports.js';
import { createLogger } from './logger.js';
import { meteredBy } from './metrics.js';
import { installRuntime } from './temporalRuntime.js';

const log = createLogger('silent');
after(() => Runtime.instance().shutdown());

test('what is measured is served under its name, with its labels; an address that is taken is a clear error', async () => {
  // Ours until the end: a port for the asking might be somebody else's between its two uses.
  const { ports, release } = await holdPorts(['metrics'], randomUUID());
  after(release);
  const holder = createServer().listen(ports.metrics, '127.0.0.1');
  await once(holder, 'listening');
  const address = `127.0.0.1:${ports.metrics}`;
  assert.throws(() => installRuntime(log, address), {
    code: 'GW_ENVIRONMENT_INVALID',
    message: new RegExp(`GRAFTWORK_METRICS_ADDRESS: cannot serve metrics at ${address}.*in use`),
  });
  holder.close();
  await once(holder, 'close');

  const measure = meteredBy(installRuntime(log, address)) as (
    ...args: [MetricName, number, Record<string, string>]
  ) => ReturnType<Measure>;
  for (const [metric, { labels }] of Object.entries(metrics)) {
    measure(metric as MetricName, 2, Object.fromEntries(labels.map((label) => [label, `a-${label}`])));
  }
  const served = await (await fetch(`http://${address}/metrics`)).text();
  for (const metric of Object.values(metrics)) {
    const labels = [...metric.labels]
      .sort()
      .map((label) => `${label}="a-${label}"`)
      .join(',');
    const suffix = metric.kind === 'histogram' ? '_sum' : '';
    const line = `${servedName(metric)}${suffix}${labels === '' ? '' : `{${labels}}`} 2`;
    assert.ok(served.split('\n').includes(line), `${line}\n\n${served}`);
  }
  const bounds = [...served.matchAll(/^graftwork_checkpoint_seconds_bucket\{le="([\d.]+)"\}/gm)].map(([, le]) =>
    Number(le),
  );
  assert.deepEqual(bounds, [...metrics.checkpointSeconds.buckets]);
});
