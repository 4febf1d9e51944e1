/**
 * Mistakes that people make at the command line. Each is refused with a code and a remedy, and none of them is a fault of
 * Graftwork's own: `GW_INTERNAL` never stands there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProgram } from '../../cli/program.js';
import { everyCommand } from './everyCommand.js';

export interface Mistake {
  args: string[];
  /** Of the answer. */
  code: string;
  /** Laid over the environment of the servers. */
  env?: Record<string, string>;
}

const long = 'x'.repeat(2000);
const digest = 'f'.repeat(64);

/** Files and folders that the mistakes below name. */
export async function makeMistakenFolders(at: string): Promise<void> {
  for (const folder of ['empty', 'photos/ants', 'photos/bees', 'full']) {
    await mkdir(join(at, folder), { recursive: true });
  }
  const files: [name: string, content: string | Buffer][] = [
    ['photos/ants/1.png', 'ants'],
    ['photos/bees/1.png', 'bees'],
    ['full/notes.txt', 'mine'],
    ['labels.xlsx', Buffer.from('504b0304', 'hex')],
    ['photo.png', 'no picture'],
    ['broken.yaml', 'head: [1,\n'],
    ['list.yaml', '- 1\n'],
    ['typo.yaml', 'head: {epoch: 3}\n'],
    ['wrong.yaml', 'head: {epochs: many}\n'],
    ['photo.yaml', Buffer.from('ffd8ffe000104a46', 'hex')],
    ['nothing.toml', ''],
  ];
  for (const [name, content] of files) await writeFile(join(at, name), content);
}

/** @param at where {@link makeMistakenFolders} made them; a model `kept`, version 1, is registered */
export function userMistakes(at: string): Mistake[] {
  const photos = join(at, 'photos');
  const usage = (...lines: string[][]): Mistake[] => lines.map((args) => ({ args, code: 'GW_USAGE' }));
  const refused = (code: string, ...lines: string[][]): Mistake[] => lines.map((args) => ({ args, code }));
  const train = (...more: string[]): string[] => ['train', photos, '--detach', ...more];
  const set = (...settings: string[]): string[][] => settings.map((setting) => train('--set', setting));
  const create = (...more: string[]): string[] => ['schedule', 'create', 's3://graftwork/photos', ...more];
  return [
    ...usage([], ['trian'], ['--bogus'], ['models'], ['models', 'lsit'], ['train'], ['down', 'now']),
    ...usage(train('--recipe', 'best'), train('--plan', 'slowly'), train('--budget', 'soon'), train('--budget', '-1m')),
    ...usage(train('--seed', '-1'), train('--seed', '1.5'), train('--seed', 'x'), ['runs', '--limit', '0']),
    ...usage(['rank', photos, '--sample', '1'], ['gc', '--keep-days', '-1'], ['gc', '--keep-days', 'all']),
    ...refused('GW_SPEC_INVALID', train('--seed', '99999999999'), train('--name', 'My Birds!'), train('--name', '')),
    ...refused(
      'GW_SPEC_INVALID',
      ...set(
        'head',
        'head.epochs',
        '=3',
        'head.epochs=',
        'head.epochs=2.5',
        'head.epochs=many',
        'head.epoch=3',
        'name=[',
      ),
      ...set('head.epochs=0', 'head.epochs=1e300', 'head=3', 'seed=-1', 'fineTune.99999999.epochs=1', '__proto__.x=1'),
      ...set(
        'head.schedule={kind: line}',
        'augmentation.cropScale=[1]',
        'augmentation.cropScale=[1, 0.1]',
        'backbone=3',
      ),
      ...set('fineTune=all', 'preprocess={resize: 100, crop: 200}', 'dataset.splits.test=0', 'dataset.splits.test=2'),
      ...set('dataset.quarantine.maxShare=20', 'dataset.layout=csv', 'evaluation.topK=[0]', 'budget=never', 'plan=x'),
      ...set(
        'backbone.sha256=abc',
        'promotion={policy: always}',
        'head.optimizer={beta1: 2}',
        'head.learningRate=.nan',
      ),
    ),
    ...['none', 'broken', 'list', 'typo', 'wrong', 'photo'].flatMap((name) =>
      refused('GW_SPEC_INVALID', train('--spec', join(at, `${name}.yaml`))),
    ),
    ...refused('GW_SPEC_INVALID', train('--spec', at)),
    ...refused(
      'GW_SOURCE_NOT_FOUND',
      ...['no-such-folder', '', 'http://example.org/photos', 'gs://bucket/photos', 'S3://bucket/photos'].map(
        (source) => ['train', source],
      ),
      ['train', join(at, 'photo.png')],
      ['train', join(at, 'labels.xlsx')],
      ['predict', 'kept@1', 'no-such-photo.png'],
      ['augment', 'no-such-folder', '--out', join(at, 'sheet.png')],
      ['datasets', 'sync', 'no-such-folder', 's3://graftwork/photos'],
      ['datasets', 'sync', photos, 'photos'],
      ['rank', 'no-such-folder'],
    ),
    ...refused('GW_SOURCE_UNREADABLE', ['train', join(at, 'photo.png', 'ants')], ['train', join(at, long)]),
    ...refused(
      'GW_DATASET_EMPTY',
      ['train', join(at, 'empty')],
      ['predict', 'kept@1', join(at, 'empty')],
      ['predict', 'kept@1', 's3://graftwork/nothing-here/'],
      ['augment', join(at, 'empty'), '--out', join(at, 'sheet.png')],
      ['augment', 's3://graftwork/nothing-here/', '--out', join(at, 'sheet.png')],
      ['datasets', 'sync', join(at, 'empty'), 's3://graftwork/photos'],
    ),
    ...refused('GW_SPEC_INVALID', ['train', 's3://'], ['train', 's3:///photos'], ['rank', 's3://']),
    ...refused(
      'GW_RUN_NOT_FOUND',
      ...everyCommand(createProgram())
        .filter(({ command }) => command.registeredArguments[0]?.name() === 'run')
        .flatMap(({ words }) => [
          [...words, 'train-nothing'],
          [...words, ''],
        ]),
      ['show', long],
      ['cancel', long],
      ['watch', 'train\nnothing \u0007'],
      ['report', '--compare', 'train-nothing', 'train-nought'],
    ),
    ...usage(['report', 'a', 'b'], ['report', '--compare', 'a'], ['report', 'a', '--price-per-hour', 'cheap']),
    ...usage(
      ['report', 'a', '--open', 'maybe'],
      ['approve', 'train-nothing', '--by', ''],
      ['approve', 'a', '--why', long + long],
    ),
    ...refused(
      'GW_MODEL_NOT_FOUND',
      ...[
        'nothing',
        'nothing@1',
        'kept@2',
        'kept@0',
        'kept@-1',
        'kept@x',
        'kept@',
        '@',
        '@1',
        '',
        long,
        '../x',
        'a b',
        'Kept',
        'a/b@1',
      ].map((model) => ['models', 'show', model]),
      ['models', 'list', 'nothing'],
      ['models', 'lineage', 'nothing'],
      ['models', 'promote', 'nothing'],
      ['models', 'promote', 'kept@9'],
      ['models', 'rollback', 'nothing'],
      ['models', 'rollback', 'kept'],
      ['models', 'history', 'nothing'],
      ['models', 'compare', 'kept@1', 'nothing'],
      ['models', 'export', 'nothing', '--format', 'onnx', '--out', join(at, 'out')],
      ['predict', 'nothing', photos],
    ),
    ...usage(
      ['models', 'promote', 'kept@1', '--expect', 'x'],
      ['models', 'promote', 'kept@1', '--by', ''],
      ['models', 'promote', 'kept@1', '--why', long + long],
      ['models', 'export', 'kept@1', '--format', 'pickle', '--out', join(at, 'out')],
      ['predict', 'kept@1', photos, '--top', '0'],
      ['predict', 'kept@1', photos, '--tta', '65'],
      ['predict', 'kept@1', photos, '--coverage', '1'],
      ['predict', 'kept@1', photos, '--sets', 'all'],
    ),
    ...refused('GW_EXPORT_REFUSED', ['models', 'export', 'kept@1', '--format', 'onnx', '--out', join(at, 'full')]),
    ...refused(
      'GW_DATASET_NOT_FOUND',
      ...['abc', digest, '', '../x', long, 'A b'].map((version) => ['datasets', 'show', version]),
      ['datasets', 'diff', 'abc', 'def'],
    ),
    ...usage(['datasets', 'sync', photos, 's3://graftwork'], ['datasets', 'sync', photos, 's3://graftwork/models/x']),
    ...usage(['datasets', 'find', photos], ['datasets', 'forget', photos]),
    ...refused(
      'GW_PICTURE_NOT_FOUND',
      ...['nothing.png', 's3://graftwork/none.png', long, 's3://graftwork/models/x', 's3://graftwork'].flatMap(
        (picture) => [
          ['datasets', 'find', picture],
          ['datasets', 'forget', picture, '--dry-run'],
        ],
      ),
    ),
    ...usage(
      ['schedule', 'create', photos, '--every', '1h'],
      create(),
      create('--every', 'day'),
      create('--every', '0s'),
      create('--every', '1h', '--cron', '0 3 * * *'),
      create('--cron', 'x'),
      create('--cron', '61 3 * * *'),
      create('--cron', '0 3 * * * * * *'),
      create('--cron', '0 0 31 2 *'),
      create('--calendar', '25:00'),
      create('--calendar', 'moonday 03:00'),
      create('--calendar', '03:30', '--timezone', 'Mars/Base'),
      create('--every', '1h', '--jitter', 'some'),
      create('--every', '1h', '--overlap', 'all'),
      create('--every', '1h', '--catchup', '1s'),
      create('--every', '1h', '--timeout', 'x'),
      create('--every', '1h', '--promote', 'always'),
      create('--every', '1h', '--notify', 'me'),
      create('--every', '1h', '--notify', 'ftp://example.org'),
      create('--every', '99999999999999999d'),
      ['schedule', 'backfill', 'kept', '--from', 'yesterday', '--to', 'today'],
      ['schedule', 'backfill', 'kept', '--from', '2026-01-02T00:00', '--to', '2026-01-03T00:00'],
      ['schedule', 'backfill', 'kept', '--from', '2026-01-02T00:00Z', '--to', '2026-01-01T00:00Z'],
    ),
    ...refused('GW_SPEC_INVALID', create('--every', '1h', '--name', 'My Birds!')),
    ...refused(
      'GW_SCHEDULE_NOT_FOUND',
      ...['show', 'pause', 'resume', 'trigger', 'delete'].flatMap((command) => [
        ['schedule', command, 'nothing'],
        ['schedule', command, ''],
        ['schedule', command, long],
      ]),
      ['schedule', 'backfill', 'nothing', '--from', '2026-01-01T00:00Z', '--to', '2026-01-02T00:00Z'],
    ),
    ...usage(['augment', photos, '--out', 'x.png', '--images', '0']),
    ...usage(['augment', photos, '--out', join(at, 'none', 'x.png')], ['augment', photos, '--out', at]),
    ...usage(['codec-server'], ['codec-server', '--port', '99999'], ['codec-server', '--port', 'x']),
    ...(
      [
        [{ TEMPORAL_ADDRESS: 'not an address' }, ['runs'], 'GW_TEMPORAL_UNREACHABLE'],
        [{ TEMPORAL_ADDRESS: '127.0.0.1:1' }, ['runs'], 'GW_TEMPORAL_UNREACHABLE'],
        [{ TEMPORAL_NAMESPACE: 'nowhere' }, ['runs'], 'GW_TEMPORAL_UNREACHABLE'],
        [{ TEMPORAL_CONFIG_FILE: join(at, 'photo.yaml') }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
        [{ TEMPORAL_TLS: 'true' }, ['runs'], 'GW_TEMPORAL_UNREACHABLE'],
        [{ AWS_ENDPOINT_URL_S3: 'not an address' }, ['datasets', 'list'], 'GW_S3_UNREACHABLE'],
        [{ AWS_ENDPOINT_URL_S3: 'ftp://127.0.0.1' }, ['datasets', 'list'], 'GW_S3_FAILED'],
        [
          { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' },
          ['datasets', 'list'],
          'GW_S3_UNREACHABLE',
        ],
        [{ AWS_SECRET_ACCESS_KEY: 'wrong' }, ['datasets', 'list'], 'GW_S3_CREDENTIALS'],
        [{ GRAFTWORK_BUCKET: 'x' }, ['datasets', 'list'], 'GW_ENVIRONMENT_INVALID'],
        [{ GRAFTWORK_BUCKET: 'no-such-bucket' }, ['datasets', 'list'], 'GW_S3_BUCKET_MISSING'],
        [{ GRAFTWORK_BUCKET: 'My Bucket/x' }, ['datasets', 'list'], 'GW_ENVIRONMENT_INVALID'],
        [{ GRAFTWORK_CACHE_GIB: 'much' }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
        [{ GRAFTWORK_THREADS: '1.5' }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
        [{ GRAFTWORK_CODEC_KEYS: 'short' }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
        [{ GRAFTWORK_CODEC_KEYS_FILE: join(at, 'none.keys') }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
        [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'not an address' }, ['runs'], 'GW_ENVIRONMENT_INVALID'],
      ] as const
    ).map(([env, args, code]) => ({ env, args: [...args], code })),
  ];
}
