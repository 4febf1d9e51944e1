/** Recurring retraining: a Temporal schedule for each model. */
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { GraftworkError } from '../../contracts/errors.js';
import { scheduleId } from '../../contracts/names.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { serviceFailure } from '../connection/failures.js';
import { requireNames } from '../runs/sourceSpec.js';
import { attributesOf } from '../runs/startRun.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { scheduleStatus, type ScheduleStatus } from './scheduleStatus.js';
import { limitBelowInterval, recurringAction, requestOf, requireTicks } from './recurringAction.js';
import { setPaused, triggeredTick, type TriggeredTick } from './steerSchedule.js';
import { recentTicks, type Tick } from './ticks.js';
import { milliseconds, scheduleSpec, type Times } from './times.js';

/** Ticks missed for longer than this (Temporal was down) are not made good: the next one sees the same data. */
const defaultCatchup = '1h';

export interface ScheduleOptions extends Times {
  /** Whether each retraining starts from the model in production. @default true */
  warmStart?: boolean;
  /** Webhook that is notified of retrainings and approvals. */
  notify?: string | undefined;
  /** What happens to a tick while the retraining before it still runs. @default skip */
  overlap?: 'skip' | 'buffer-one' | undefined;
  /** Longest delay after which a missed tick is still made up for. @default 1h */
  catchup?: string | undefined;
  /** Longest time of one retraining. @default nine tenths of the interval, at least an hour */
  timeout?: string | undefined;
  note?: string | undefined;
  paused?: boolean | undefined;
}

/** Recurring retraining: each model may have one schedule. */
export class Schedules {
  private readonly temporal: TemporalConnection;
  private readonly models: ModelRegistry;

  constructor(temporal: TemporalConnection, models: ModelRegistry) {
    this.temporal = temporal;
    this.models = models;
  }

  /**
   * Creates a schedule that retrains the spec's model. A failed retraining pauses the schedule, so that a person can look.
   *
   * @throws GraftworkError GW_USAGE, GW_SPEC_INVALID, GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN; GW_CONFLICT when the model has a schedule
   */
  async create(spec: RunSpec, options: ScheduleOptions): Promise<ScheduleStatus> {
    const { warmStart = true, notify, overlap = 'skip', catchup = defaultCatchup, note, paused = false } = options;
    const times = scheduleSpec(options);
    await requireNames(spec);
    const request = requestOf(spec, warmStart, notify ?? null);
    const id = this.id(spec.name);
    const given = options.timeout === undefined ? undefined : milliseconds(options.timeout, '--timeout');
    const attributes = attributesOf(spec, this.temporal.visible);
    const action = recurringAction(request, id, attributes);
    try {
      if ((await this.earlierId(spec.name)) !== undefined) throw hasOneAlready(spec.name);
      const handle = await this.temporal.client.schedule.create({
        scheduleId: id,
        spec: times,
        action: given === undefined ? action : { ...action, workflowExecutionTimeout: given },
        policies: {
          overlap: overlap === 'skip' ? ScheduleOverlapPolicy.SKIP : ScheduleOverlapPolicy.BUFFER_ONE,
          catchupWindow: milliseconds(catchup, '--catchup', 10_000),
          pauseOnFailure: true,
        },
        memo: { model: spec.name, dataset: spec.dataset.uri },
        typedSearchAttributes: attributes,
        // It begins to tick when its time limit, which depends on when it will tick, is known.
        state: { paused: true },
      });
      await requireTicks(handle);
      if (given === undefined) await limitBelowInterval(handle);
      if (!paused) await handle.unpause(note ?? 'created');
      else await handle.pause(note ?? 'created paused');
      return scheduleStatus(await handle.describe());
    } catch (error) {
      throw this.failure(error, spec.name);
    }
  }

  /** Lists schedules by the name of their model. */
  async list(): Promise<ScheduleStatus[]> {
    const found: ScheduleStatus[] = [];
    try {
      for await (const { scheduleId: id, memo } of this.temporal.client.schedule.list()) {
        const model = memo?.model;
        if (typeof model !== 'string' || !Object.values(idsOf(model)).includes(id)) continue;
        found.push(scheduleStatus(await this.temporal.client.schedule.getHandle(id).describe()));
      }
    } catch (error) {
      throw serviceFailure(error, 'schedules');
    }
    return found.sort((a, b) => (a.model < b.model ? -1 : 1));
  }

  /** The schedule of a model. @throws GraftworkError GW_SCHEDULE_NOT_FOUND */
  async show(model: string): Promise<ScheduleStatus> {
    return scheduleStatus(await this.describe(model));
  }

  /** The last ticks of a schedule and their outcomes, newest first. @throws GraftworkError GW_SCHEDULE_NOT_FOUND */
  async ticks(model: string): Promise<Tick[]> {
    return this.do(model, async (handle) => recentTicks(this.temporal, this.models, await handle.describe()));
  }

  /**
   * Starts a tick now. It trains nothing if nothing has changed.
   * @throws GraftworkError GW_SCHEDULE_NOT_FOUND; GW_CONFLICT while a retraining runs, unless the schedule lets ticks wait for it
   */
  async trigger(model: string): Promise<TriggeredTick> {
    return this.do(model, (handle) => triggeredTick(handle, model));
  }

  /** Runs the ticks that the schedule would have had between two moments, one after the other. All of them see the data as it is now. */
  async backfill(model: string, from: Date, to: Date): Promise<void> {
    if (!(from < to)) {
      throw new GraftworkError('GW_USAGE', '--from must be before --to.', {
        remedy: 'Write both as 2026-01-31T04:00Z.',
      });
    }
    await this.do(model, (handle) =>
      handle.backfill({ start: from, end: to, overlap: ScheduleOverlapPolicy.BUFFER_ALL }),
    );
  }

  /** Pauses a schedule. One that is paused gets the note, if one is given. @returns whether it was not paused before */
  async pause(model: string, note?: string): Promise<boolean> {
    return this.do(model, (handle) => setPaused(handle, true, note));
  }

  /** Resumes a paused schedule. One that is not paused gets the note, if one is given. @returns whether it was paused before */
  async resume(model: string, note?: string): Promise<boolean> {
    return this.do(model, (handle) => setPaused(handle, false, note));
  }

  /** Deletes a schedule. The model, its versions and a retraining in progress stay. */
  async delete(model: string): Promise<void> {
    await this.do(model, (handle) => handle.delete());
  }

  /** With encryption on, no name is sent: a digest of it still finds the schedule again. */
  private id(model: string): string {
    const { plain, digest } = idsOf(model);
    return this.temporal.visible.has('model') ? plain : digest;
  }

  /**
   * Of a schedule that was made before encryption was switched on or off: it goes on ticking. A hidden name is not asked for but
   * looked for, so that Temporal does not see it.
   */
  private async earlierId(model: string): Promise<string | undefined> {
    const { schedule } = this.temporal.client;
    const { plain, digest } = idsOf(model);
    if (this.temporal.visible.has('model')) {
      const exists = await schedule.getHandle(digest).describe().catch(undefinedIfNotFound);
      return exists && digest;
    }
    for await (const { scheduleId: id } of schedule.list()) if (id === plain) return id;
    return undefined;
  }

  private describe(model: string): Promise<ScheduleDescription> {
    return this.do(model, (handle) => handle.describe());
  }

  private async do<T>(model: string, action: (handle: ScheduleHandle) => Promise<T>): Promise<T> {
    const { schedule } = this.temporal.client;
    try {
      return await action(schedule.getHandle(this.id(model))).catch(async (error: unknown) => {
        const earlier = error instanceof ScheduleNotFoundError ? await this.earlierId(model) : undefined;
        if (earlier === undefined) throw error;
        return action(schedule.getHandle(earlier));
      });
    } catch (error) {
      throw this.failure(error, model);
    }
  }

  private failure(error: unknown, model: string): GraftworkError {
    if (error instanceof ScheduleNotFoundError) {
      return new GraftworkError('GW_SCHEDULE_NOT_FOUND', `“${model}” has no schedule.`, {
        remedy: '`graftwork schedule list` shows all schedules.',
        cause: error,
      });
    }
    if (error instanceof ScheduleAlreadyRunning) {
      return hasOneAlready(model, error);
    }
    return serviceFailure(error, model);
  }
}

/** With a name that Temporal may know, and without. */
function idsOf(model: string): { plain: string; digest: string } {
  return { plain: scheduleId(model), digest: scheduleId(contentKey('schedule/1', model).slice(0, 16)) };
}

function hasOneAlready(model: string, cause?: unknown): GraftworkError {
  return new GraftworkError('GW_CONFLICT', `“${model}” already has a schedule.`, {
    remedy: `\`graftwork schedule show ${model}\` shows it. Delete it first to create another.`,
    exitCode: 2,
    cause,
  });
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}
