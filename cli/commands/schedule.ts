import { Option } from 'commander';
import type { Command } from 'commander';
import { asGraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { scheduleText, schedulesTable, ticksTable, triggeredText } from '../display/scheduleText.js';
import type { ScheduleOptions } from '../../client/schedules/schedules.js';
import { parseMoment } from '../../client/schedules/times.js';
import { addTrainFlags, specFromFlags } from '../spec/trainFlags.js';
import type { TrainFlags } from '../spec/trainFlags.js';
import { answer, createCommand, createGroup, createWorkCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

type CreateOptions = CommonOptions &
  TrainFlags &
  Omit<ScheduleOptions, 'warmStart'> & { promote?: 'auto' | 'approve' | 'never'; warmStart: boolean };

export function scheduleCommand(): Command {
  return createGroup('schedule', 'Schedules that retrain models.', [
    create(),
    list(),
    show(),
    trigger(),
    backfill(),
    steer('pause'),
    steer('resume'),
    remove(),
  ]);
}

function create(): Command {
  const command = createWorkCommand(
    'create',
    'Create a schedule. Its ticks retrain a model on a bucket when something has changed, and promote it if the gate passes it.',
    'schedule create s3://photos/birds --name birds --every 1d',
  ).argument('<source>', 's3://bucket/prefix, or a manifest in a bucket');
  return addTrainFlags(command)
    .option('--every <time>', 'interval: 20s, 6h, 1d')
    .option('--cron <fields>', 'cron expression with five fields, e.g. "30 3 * * 1"')
    .option('--calendar <when>', 'times: "03:30", "mon,thu 03:30", "day 1 03:30"')
    .option('--timezone <zone>', 'time zone of --cron and --calendar, e.g. Europe/Berlin; default: UTC')
    .option('--jitter <time>', 'delay each tick by a random time below this')
    .addOption(
      new Option(
        '--overlap <what>',
        'what to do with a tick while a retraining runs: skip it, or start one right after',
      )
        .choices(['skip', 'buffer-one'])
        .default('skip'),
    )
    .option('--catchup <time>', 'make up for ticks that were missed for at most this long', '1h')
    .option('--timeout <time>', 'longest time of one retraining; default: nine tenths of the interval, at least 1h')
    .addOption(
      new Option(
        '--promote <policy>',
        'who decides about production: the gate, a person after the gate, or nobody',
      ).choices(['auto', 'approve', 'never']),
    )
    .option('--no-warm-start', 'start from the source each time, not from the model in production')
    .option('--notify <url>', 'webhook that is notified of retrainings and approvals')
    .option('--note <text>', 'reason for the schedule; never encrypted')
    .option('--paused', 'create the schedule paused')
    .action(async (source: string, options: CreateOptions) => {
      const spec = await specFromFlags(options);
      const { recurringSpec, requireNames } = await import('../../client/runs/sourceSpec.js');
      const { promote } = options;
      const promotion = promote === undefined ? {} : { promotion: { ...spec.promotion, policy: promote } };
      const resolved = recurringSpec(source, { ...spec, ...promotion });
      await requireNames(resolved);
      await ensureStack(say);
      await using graftwork = await connect();
      const status = await graftwork.schedules.create(resolved, options);
      answer(options, status, () => scheduleText(status));
      await warnOfNothing(graftwork.store, source);
      say(`watch it: npx graftwork schedule show ${status.model}`);
    });
}

/** The pictures may come later, and the person who creates the schedule may not be allowed to read them: no reason to refuse. */
async function warnOfNothing(store: ObjectStore, source: string): Promise<void> {
  const { bucket, key } = parseS3Uri(source);
  let why = 'there is nothing at this address';
  try {
    if ((await store.at(bucket).list(key).next()).done !== true) return;
  } catch (error) {
    why = asGraftworkError(error).message.replace(/\.$/, '');
  }
  say(
    `${source} cannot be trained on yet: ${why}. If this is still so at the next tick, the tick fails and pauses the schedule.`,
  );
}

function list(): Command {
  return createCommand('list', 'List schedules.', 'schedule list').action(async (options: CommonOptions) => {
    await using graftwork = await connect();
    const all = await graftwork.schedules.list();
    answer(options, all, () =>
      all.length === 0
        ? 'No schedules yet: npx graftwork schedule create s3://bucket/prefix --every 1d'
        : schedulesTable(all),
    );
  });
}

function show(): Command {
  return createCommand('show', "Show a model's schedule, its next ticks and its last ticks.", 'schedule show birds')
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const status = await graftwork.schedules.show(model);
      const ticks = await graftwork.schedules.ticks(model);
      answer(options, { ...status, ticks }, () => `${scheduleText(status)}\n\n${ticksTable(ticks)}`);
    });
}

function trigger(): Command {
  return createCommand(
    'trigger',
    'Start a tick now. It trains nothing if nothing has changed.',
    'schedule trigger birds',
  )
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const tick = await graftwork.schedules.trigger(model);
      answer(options, { model, action: 'trigger', ...tick }, () => triggeredText(model, tick));
    });
}

function backfill(): Command {
  return createCommand(
    'backfill',
    'Run the ticks that a schedule would have had between two moments.',
    'schedule backfill birds --from 2026-01-01T00:00Z --to 2026-01-03T00:00Z',
  )
    .argument('<model>', 'name of the model')
    .requiredOption('--from <moment>', 'first moment, e.g. 2026-01-31T04:00Z', parseMoment)
    .requiredOption('--to <moment>', 'last moment, e.g. 2026-02-01T04:00Z', parseMoment)
    .action(async (model: string, { from, to, ...options }: CommonOptions & { from: Date; to: Date }) => {
      await using graftwork = await connect();
      await graftwork.schedules.backfill(model, from, to);
      answer(
        options,
        { model, action: 'backfill' },
        () => `${model}: running the ticks from ${from.toISOString()} to ${to.toISOString()}`,
      );
    });
}

const steering = {
  pause: {
    description: 'Pause a schedule until `resume`.',
    done: 'The schedule is paused.',
    already: 'The schedule is already paused.',
  },
  resume: {
    description: 'Resume a paused schedule.',
    done: 'The schedule ticks again.',
    already: 'The schedule is not paused.',
  },
} as const;

function steer(action: keyof typeof steering): Command {
  const { description, done, already: before } = steering[action];
  return createCommand(action, description, `schedule ${action} birds`)
    .argument('<model>', 'name of the model')
    .option('--note <text>', 'reason; never encrypted')
    .action(async (model: string, { note, ...options }: CommonOptions & { note?: string }) => {
      await using graftwork = await connect();
      const already = !(await graftwork.schedules[action](model, note));
      const noted = already && note !== undefined ? ' Its note was changed.' : '';
      answer(options, { model, action, already }, () => `${model}: ${already ? before : done}${noted}`);
    });
}

function remove(): Command {
  return createCommand('delete', 'Delete a schedule. Its model stays.', 'schedule delete birds')
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await connect();
      await graftwork.schedules.delete(model);
      answer(options, { model, action: 'delete' }, () => `${model}: The schedule is deleted. The model stays.`);
    });
}
