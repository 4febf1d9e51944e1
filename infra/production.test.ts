/** The files of production name what the code knows: metrics, variables, queues, attributes; and give a worker the time it asks for. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { environmentSchema } from '../contracts/environment.js';
import { metrics, servedName } from '../contracts/metrics.js';
import { searchAttributes, taskQueues } from '../contracts/names.js';
import { alertRules, labelsOfPrometheus, watchedSelectors } from '../test/stacks/watchedSeries.js';
import { checkout } from './stack.js';

const infra = join(checkout, 'infra');
const read = (...path: string[]): string => readFileSync(join(infra, ...path), 'utf8');

/** Under which names Prometheus has each metric, with its labels and those that Prometheus adds. */
const known = new Map(
  Object.values(metrics).flatMap((metric) => {
    const name = servedName(metric);
    const series = metric.kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
    return series.map((one) => [one, new Set([...labelsOfPrometheus, 'le', ...metric.labels])] as const);
  }),
);

test('dashboard and alerts ask for metrics that the code makes, by labels that these have; and for all of them', () => {
  const ours = watchedSelectors().filter(({ name }) => name.startsWith('graftwork_'));
  for (const { name, matchers, expression } of ours) {
    const has = known.get(name);
    assert.ok(has, `${name} in: ${expression}`);
    for (const { label } of matchers) assert.ok(has.has(label), `${name} has no label ${label}: ${expression}`);
  }
  const shown = Object.values(metrics).filter((metric) => ours.some(({ name }) => name.startsWith(servedName(metric))));
  assert.deepEqual(shown.length, Object.keys(metrics).length, 'a metric that nobody looks at');
});

test('operations say of each alert what it means, and of no other', () => {
  const section = /^## Alerts$(.*?)^## /ms.exec(readFileSync(join(checkout, 'docs', 'operations.md'), 'utf8'))?.[1];
  const described = [...(section ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, alert = '']) => alert);
  assert.deepEqual(described.toSorted(), [...new Set(alertRules().map(({ alert }) => alert))].toSorted());
});

test('each pool without workers raises an alert; the chart leaves out that of a pool that may be empty', () => {
  const watched = alertRules()
    .filter(({ alert }) => alert === 'GraftworkPoolWithoutWorker')
    .map(({ expr }) => watchedSelectors().find(({ expression }) => expression === expr)?.matchers[0]);
  for (const queue of Object.values(taskQueues))
    assert.equal(watched.filter((matcher) => matcher?.matches(queue)).length, 1, queue);
  const { groups } = parse(read('helm', 'graftwork', 'alerts.yaml')) as {
    groups: { name: string; rules: unknown[] }[];
  };
  assert.equal(groups.find(({ name }) => name === 'graftwork-gpu')?.rules.length, 1);
  assert.match(read('helm', 'graftwork', 'templates', 'monitoring.yaml'), /\$mayBeEmpty \(eq \.name "graftwork-gpu"\)/);
});

/** Read by the programs we start or stand on; everything else has to be ours. */
const foreign = /^(AF|AWS|TEMPORAL|OTEL|TF|NVIDIA|CUDA|NODE|HF|WEED)_|^(POSTGRES|DB|DEFAULT_NAMESPACE)/;

test('every variable in the files is one that somebody reads', () => {
  const names = new Set(Object.keys(environmentSchema.shape));
  const files = [
    ['container', 'Dockerfile'],
    ['compose', 'compose.yaml'],
    ['compose', '.env.example'],
    ['compose', 'worker.env.example'],
    ['systemd', 'graftwork-worker@.service'],
    ['systemd', 'worker.env.example'],
    ...readdirSync(join(infra, 'helm', 'graftwork', 'templates')).map((file) => [
      'helm',
      'graftwork',
      'templates',
      file,
    ]),
  ];
  let seen = 0;
  for (const file of files) {
    for (const [name] of read(...file).matchAll(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b/g)) {
      if (foreign.test(name)) continue;
      assert.ok(names.has(name), `${file.join('/')}: ${name}`);
      seen += 1;
    }
  }
  assert.ok(seen > 10);
});

interface Values {
  keda: { taskQueues: Record<string, string> };
  pools: Record<
    string,
    { grace: number; args: string[]; cacheGib: number; resources: { limits: Record<string, unknown> } }
  >;
}

test('the chart scales by the queues there are, and gives a device to each pod of the gpu pool', () => {
  const { keda, pools } = parse(read('helm', 'graftwork', 'values.yaml')) as Values;
  assert.deepEqual(keda.taskQueues, taskQueues);
  assert.deepEqual(Object.keys(pools), Object.keys(taskQueues));
  assert.equal(pools.gpu?.resources.limits['nvidia.com/gpu'], 1);
  // A cpu worker plans by its own budget what a gpu worker then keeps.
  assert.equal(pools.cpu?.cacheGib, pools.gpu.cacheGib);
  const [deployments, scaled, monitoring] = ['deployments', 'scaledobjects', 'monitoring'].map((name) =>
    read('helm', 'graftwork', 'templates', `${name}.yaml`),
  ) as [string, string, string];
  // Busy pods are this release's: Prometheus calls a job as its service is called.
  assert.match(scaled, /namespace=%q,job=\\"%s-metrics\\"" \$root\.Release\.Namespace \(include "graftwork\.fullname"/);
  assert.match(scaled, /graftwork_engine_slots_busy\{%s\}/);
  assert.match(monitoring, /kind: Service\nmetadata:\n {2}name: \{\{ include "graftwork\.fullname" \. \}\}-metrics$/m);
  assert.match(deployments, /terminationGracePeriodSeconds: \{\{ add \$values\.grace 15 \}\}/);
});

test('the chart asks for the images of the version that it is of', () => {
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };
  const chart = parse(read('helm', 'graftwork', 'Chart.yaml')) as { appVersion: string };
  assert.equal(chart.appVersion, version);
  const { image, pools } = parse(read('helm', 'graftwork', 'values.yaml')) as {
    image: { tag: string };
    pools: Record<string, { tag: string }>;
  };
  assert.deepEqual([image.tag, ...Object.values(pools).map(({ tag }) => tag)], ['', '', '', '']);
  const built = readFileSync(join(checkout, 'docs', 'operations.md'), 'utf8').matchAll(/graftwork:(\S+)-(?:cpu|cuda)/g);
  assert.deepEqual([...new Set(Array.from(built, ([, tag]) => tag))], [version]);
});

interface Compose {
  services: Record<
    string,
    {
      image: string;
      command?: string[];
      stop_grace_period?: string;
      env_file?: unknown[];
      user?: string;
      healthcheck?: { test: string[] };
      cap_drop?: string[];
      cap_add?: string[];
      security_opt?: string[];
      networks?: string[];
      network_mode?: string;
      environment?: Record<string, string>;
    }
  >;
}

test('compose starts each pool, makes the search attributes and waits for checkpoints', () => {
  const text = read('compose', 'compose.yaml');
  const { services } = parse(text, { merge: true }) as Compose;
  const [, defaultGrace] =
    /after SIGTERM', seconds, (\d+)\)/.exec(readFileSync(join(checkout, 'worker', 'flags.ts'), 'utf8')) ?? [];
  for (const pool of Object.keys(taskQueues)) {
    assert.deepEqual(services[pool]?.command?.slice(0, 4), ['node', 'dist/worker/main.js', '--pool', pool]);
    assert.equal(services[pool]?.user, '10001:10001');
    assert.deepEqual(services[pool].env_file, [{ path: 'worker.env', required: false }]);
    const { command = [], stop_grace_period: stop = '' } = services[pool];
    const grace = command.includes('--grace') ? Number(command.at(-1)) : Number(defaultGrace);
    assert.ok(Number.parseInt(stop, 10) > grace, `${pool}: ${stop} for ${grace} s`);
  }
  for (const { name, type } of Object.values(searchAttributes)) assert.ok(text.includes(`${name}:${type}`), name);
  assert.match(services.temporal?.healthcheck?.test.join(' ') ?? '', /namespace describe --namespace default/);
  assert.equal(parseAllDocuments(read('compose', 'cuda.yaml')).length, 1);
});

/** What we do not build ourselves: a tag can be pushed again, a digest is the image. */
const pinned = /^[\w./-]+:(?!latest\b)[\w.-]+@sha256:[0-9a-f]{64}$/;

test('images of others are pinned by digest', () => {
  const { services } = parse(read('compose', 'compose.yaml'), { merge: true }) as Compose;
  const others = Object.values(services).filter(({ image }) => image !== 'graftwork:cpu');
  assert.ok(others.length > 3);
  for (const { image } of others) assert.match(image, pinned);
  const dockerfile = read('container', 'Dockerfile');
  const given = new Map([...dockerfile.matchAll(/^ARG (\w+)=(.+)$/gm)].map(([, name, value]) => [name, value ?? '']));
  const stages = new Set([...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, name]) => name));
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base);
  const foreignBases = bases.filter((base) => !stages.has(base));
  assert.ok(foreignBases.length >= 2);
  for (const base of foreignBases) assert.match(given.get(/^\$\{(\w+)\}$/.exec(base)?.[1] ?? '') ?? base, pinned);
  assert.match(read('helm', 'graftwork', 'templates', 'deployments.yaml'), /"@%v" \$values\.digest/);
});

test('no container of the compose stack keeps a capability it does not need', () => {
  const { services } = parse(read('compose', 'compose.yaml'), { merge: true }) as Compose;
  for (const [name, service] of Object.entries(services)) {
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    // SeaweedFS' image becomes its own user, and gives that one its folder.
    assert.deepEqual(service.cap_add ?? [], name === 's3' ? ['CHOWN', 'SETGID', 'SETUID'] : [], name);
  }
});

test("of the compose stack's store the workers reach the gateway, which asks for keys, and nobody reaches more", () => {
  const { services } = parse(read('compose', 'compose.yaml'), { merge: true }) as Compose;
  const { s3, ...others } = services;
  const { command = [], environment, networks } = s3 ?? {};
  const flags = new Map(
    command.slice(1).map((flag): [string, string] => [flag.split('=')[0] ?? '', flag.split('=')[1] ?? '']),
  );
  assert.equal(command[0], 'server', '`mini` binds all of its parts to one address');
  for (const flag of ['-ip', '-ip.bind']) assert.equal(flags.get(flag), '127.0.0.1');
  for (const flag of ['-s3.port.iceberg', '-s3.port.lance']) assert.equal(flags.get(flag), '0');
  const open = [...flags].filter(([, value]) => value === '0.0.0.0');
  assert.deepEqual(open, [['-s3.ip.bind', '0.0.0.0']]);
  // The gateway's gRPC port shares its address, and takes identities from anybody where no key is set.
  assert.match(environment?.WEED_JWT_FILER_SIGNING_KEY ?? '', /^\$\{\w+:\?/);
  assert.deepEqual(networks, ['store']);
  const beside = Object.entries(others).filter(
    ([, other]) => other.networks?.includes('store') === true || other.network_mode !== undefined,
  );
  assert.deepEqual(beside.map(([name]) => name).toSorted(), [...Object.keys(taskQueues), 'bucket'].toSorted());
});

test('systemd waits for checkpoints, signals the worker alone, and lets it outlive its engines', () => {
  const unit = read('systemd', 'graftwork-worker@.service');
  const [, grace] = /--grace (\d+)/.exec(unit) ?? [];
  const [, stop] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  assert.ok(Number(stop) > Number(grace));
  assert.match(unit, /^KillMode=mixed$/m);
  // By default systemd stops a unit of which the kernel killed one process.
  assert.match(unit, /^OOMPolicy=continue$/m);
});
