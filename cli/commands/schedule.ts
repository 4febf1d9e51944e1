import { Option } from 'commander';
import type { Command } from 'commander';
import { asGraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/objects/s3Uri.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { duration, moment, percent } from '../../client/text/format.js';
import { statusText } from '../../contracts/run/statusText.js';
import { facts, table } from '../display/table.js';
import { Graftwork } from '../../client/graftwork.js';
import type { ScheduleOptions } from '../../client/schedules/schedules.js';
import type { ScheduleStatus } from '../../client/schedules/scheduleStatus.js';
import type { Tick } from '../../client/schedules/ticks.js';
import { parseMoment } from '../../client/schedules/times.js';
import { recurringSpec, requireNames } from '../../client/runs/sourceSpec.js';
import { addTrainFlags, specFromFlags } from '../spec/trainFlags.js';
import type { TrainFlags } from '../spec/trainFlags.js';
import { answer, createCommand, createGroup, createWorkCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

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
    withNote(
      steer('pause', 'Pause a schedule until `resume`.', (graftwork, model, note) =>
        graftwork.schedules.pause(model, note),
      ),
    ),
    withNote(
      steer('resume', 'Resume a paused schedule.', (graftwork, model, note) => graftwork.schedules.resume(model, note)),
    ),
    // Nothing is left that could keep a note.
    steer('delete', 'Delete a schedule. Its model stays.', (graftwork, model) => graftwork.schedules.delete(model)),
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
      const { promote } = options;
      const promotion = promote === undefined ? {} : { promotion: { ...spec.promotion, policy: promote } };
      const resolved = recurringSpec(source, { ...spec, ...promotion });
      await requireNames(resolved);
      await ensureStack(say);
      await using graftwork = await Graftwork.connect();
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
    await using graftwork = await Graftwork.connect();
    const all = await graftwork.schedules.list();
    answer(options, all, () =>
      all.length === 0
        ? 'No schedules yet: npx graftwork schedule create s3://bucket/prefix --every 1d'
        : table(
            ['model', 'source', 'state', 'next', 'taken', 'skipped', 'promotion'],
            all.map(({ model, dataset, paused, next, counts, promotion }) => [
              model,
              dataset,
              paused ? 'paused' : 'on',
              paused ? '–' : momentOrDash(next[0]),
              counts.taken,
              counts.skipped,
              promotion,
            ]),
          ),
    );
  });
}

function show(): Command {
  return createCommand('show', "Show a model's schedule, its next ticks and its last ticks.", 'schedule show birds')
    .argument('<model>', 'name of the model')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
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
      await using graftwork = await Graftwork.connect();
      const workflow = await graftwork.schedules.trigger(model);
      answer(options, { model, action: 'trigger', workflow }, () =>
        workflow === null
          ? `${model}: the retraining starts when the one before it has ended`
          : `${model}: ${workflow} has started. Follow it: npx graftwork watch ${workflow}`,
      );
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
      await using graftwork = await Graftwork.connect();
      await graftwork.schedules.backfill(model, from, to);
      answer(
        options,
        { model, action: 'backfill' },
        () => `${model}: running the ticks from ${from.toISOString()} to ${to.toISOString()}`,
      );
    });
}

function steer(
  action: string,
  description: string,
  act: (graftwork: Graftwork, model: string, note: string | undefined) => Promise<void>,
): Command {
  return createCommand(action, description, `schedule ${action} birds`)
    .argument('<model>', 'name of the model')
    .action(async (model: string, { note, ...options }: CommonOptions & { note?: string }) => {
      await using graftwork = await Graftwork.connect();
      await act(graftwork, model, note);
      answer(options, { model, action }, () => `${model}: ${action} done`);
    });
}

function withNote(command: Command): Command {
  return command.option('--note <text>', 'reason; never encrypted');
}

function scheduleText(status: ScheduleStatus): string {
  const { policies, counts } = status;
  return facts([
    ['model', status.model],
    ['source', status.dataset],
    ['state', `${status.paused ? 'paused' : 'on'}${status.note === '' ? '' : `: ${status.note}`}`],
    ['next', status.paused ? undefined : status.next.map(momentOrDash).join(', ')],
    ['running', status.running.length === 0 ? undefined : status.running.join(', ')],
    ['ticks', `${counts.taken} taken, ${counts.skipped} skipped, ${counts.missed} missed`],
    ['promotion', status.promotion],
    ['starts from', status.warmStart ? 'the model in production' : 'the source'],
    [
      'policies',
      `overlap: ${policies.overlap}; catch-up ${duration(policies.catchupSeconds)}; ` +
        `${policies.timeoutSeconds === null ? 'no time limit' : `time limit ${duration(policies.timeoutSeconds)}`}; pauses after a failure`,
    ],
  ]);
}

function ticksTable(ticks: readonly Tick[]): string {
  if (ticks.length === 0) return 'No tick yet.';
  return table(
    ['tick', 'took', 'model', 'test top-1', 'what came of it'],
    ticks.map(({ at, seconds, model, top1, ...tick }) => [
      momentOrDash(at),
      seconds === null ? '–' : duration(seconds),
      model === null ? '–' : `${model.name}@${model.version}`,
      top1 === null ? '–' : percent(top1),
      outcomeText(tick),
    ]),
  );
}

function outcomeText({
  status,
  reason,
  promotion,
  workflow,
  run,
}: Omit<Tick, 'at' | 'seconds' | 'model' | 'top1'>): string {
  if (promotion?.status === 'waiting') return `waits for approval: npx graftwork approve ${run ?? workflow}`;
  if (promotion !== null) return `${promotion.status} by ${promotion.by}: ${promotion.reason}`;
  if (status === 'unchanged' || status === 'trained') return `${status}: ${reason ?? ''}`;
  if (status === 'gone') return `gone (${run ?? workflow})`;
  // That it was cancelled is all there is to say.
  const why = reason === null || status === 'canceled' ? '' : `: ${reason}`;
  return `${statusText(status)}${why} (${run ?? workflow})`;
}

function momentOrDash(iso: string | undefined): string {
  return iso === undefined ? '–' : moment(iso);
}
