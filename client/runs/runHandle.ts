import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ApprovalAnswer, PromotionOutcome } from '../../contracts/spec/promotion.js';
import { runResultSchema } from '../../contracts/run/result.js';
import type { RunResult } from '../../contracts/run/result.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { runFailure, serviceFailure } from '../connection/failures.js';
import { decide } from './decide.js';
import { requireTraining } from './requireTraining.js';
import { activitiesOf, hasEnded, statusOf } from './runStatus.js';
import type { RunStatus } from './runStatus.js';
import { isOfShards, shardsSeen } from './shardsSeen.js';
import { answerTimeout, cancel, steer, type Steered } from './steering.js';
import { supplemented } from './supplementedResult.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { resultOfDescription, secondsOf } from './unansweredResult.js';

/** One training run: its status, its result, and the ways to steer it. */
export class RunHandle {
  readonly id: string;
  private readonly temporal: TemporalConnection;
  private readonly workflow: WorkflowHandle;
  private readonly store: ObjectStore;

  constructor(id: string, temporal: TemporalConnection, store: ObjectStore) {
    this.id = id;
    this.temporal = temporal;
    this.store = store;
    this.workflow = temporal.client.workflow.getHandle(id);
  }

  /**
   * Waits for the end of the run.
   * @throws GraftworkError with the cause that stopped the run, or GW_RUN_FAILED when it was cancelled.
   */
  async result(): Promise<RunResult> {
    try {
      return await supplemented(this.store, runResultSchema.parse(await this.workflow.result()));
    } catch (error) {
      throw runFailure(error, this.id);
    }
  }

  /**
   * The run as it is now, in progress or ended in any way. When no worker answers, the result comes from the bucket, or else from
   * Temporal itself.
   * @throws GraftworkError GW_RUN_NOT_FOUND, also for a workflow that is no training run
   */
  async show(): Promise<RunResult> {
    let description: WorkflowExecutionDescription;
    try {
      description = await this.describe();
    } catch (error) {
      const failure = serviceFailure(error, this.id);
      // The record in the bucket outlives Temporal's retention.
      const recorded = failure.code === 'GW_RUN_NOT_FOUND' ? await this.recorded() : undefined;
      if (recorded !== undefined) return supplemented(this.store, recorded);
      throw failure;
    }
    const status = statusOf(description.status.name);
    if (status === 'completed') return this.result();
    const known = hasEnded(status) ? ((await this.recorded()) ?? (await this.progress())) : await this.progress();
    const result = await supplemented(this.store, known ?? resultOfDescription(description));
    // The workflow counts on only where something happens, Temporal only since the run's history was last begun anew.
    const seconds = Math.max(result.seconds, secondsOf(description));
    if (!hasEnded(status)) return { ...result, status: untilClosed(result.status), seconds };
    return { ...result, status, failure: await this.failure(), seconds };
  }

  /**
   * Yields the status of the run repeatedly until it has ended. The last status is the final one.
   * @param options.everyMs time between two requests, in milliseconds @default 1000
   */
  async *watch({ everyMs = 1000, signal }: { everyMs?: number; signal?: AbortSignal } = {}): AsyncGenerator<RunStatus> {
    for (;;) {
      const status = await this.status();
      yield status;
      if (hasEnded(status.status)) return;
      await delay(everyMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** The status of the run now. */
  async status(): Promise<RunStatus> {
    const description = await this.ask(() => this.describe());
    const status = statusOf(description.status.name);
    if (hasEnded(status))
      return { run: this.id, status, result: await this.show(), workflowAttempt: 1, activities: [] };
    const result = await this.progress();
    const seen = isOfShards(result)
      ? await shardsSeen(this.temporal, this.workflow, result.stage)
      : { activities: await activitiesOf(description, this.temporal.codec) };
    return {
      run: this.id,
      status: untilClosed(result?.status ?? status),
      result: result ?? null,
      workflowAttempt: description.raw.pendingWorkflowTask?.attempt ?? 1,
      ...seen,
    };
  }

  /**
   * Pauses the run: it writes a checkpoint and releases its device until {@link resume}.
   * @returns whether it was not paused before
   */
  async pause(): Promise<boolean> {
    return steer(this.steered(), 'pause');
  }

  /** Resumes a paused run. @returns whether it was paused before */
  async resume(): Promise<boolean> {
    return steer(this.steered(), 'resume');
  }

  /**
   * Ends training now with the best parameters so far. The run goes on with evaluation and registration.
   * @returns whether nobody has asked for this before
   */
  async finish(): Promise<boolean> {
    return steer(this.steered(), 'finish');
  }

  /**
   * Cancels the run, or the retraining of that id with its run. Finished stages stay in the bucket, and another run with the same
   * inputs reuses them.
   *
   * @returns whether nobody has asked for this before
   * @throws GraftworkError GW_USAGE when it has ended already
   */
  async cancel(): Promise<boolean> {
    return cancel(this.steered());
  }

  private steered(): Steered {
    return { id: this.id, temporal: this.temporal, workflow: this.workflow };
  }

  /**
   * Puts the run's model, which waits for a person's answer, into production.
   *
   * @returns the decision; `overtaken` when another model went into production meanwhile
   * @throws GraftworkError GW_USAGE when no model of the run waits, or a decision was already made
   */
  async approve(answer: ApprovalAnswer): Promise<PromotionOutcome> {
    return decide(this.temporal, this.id, messages.approve, answer);
  }

  /** Keeps the run's model, which waits for a person's answer, out of production. @throws as `approve` */
  async reject(answer: ApprovalAnswer): Promise<PromotionOutcome> {
    return decide(this.temporal, this.id, messages.reject, answer);
  }

  /** @throws GraftworkError GW_USAGE for a workflow that is no training run; whatever Temporal throws */
  private async describe(): Promise<WorkflowExecutionDescription> {
    const description = await this.workflow.describe();
    requireTraining(this.id, description);
    return description;
  }

  /** The workflow's own account; undefined when no worker gives it in time. */
  private async progress(): Promise<RunResult | undefined> {
    try {
      const answer = await this.temporal.connection.withDeadline(Date.now() + answerTimeout, () =>
        this.workflow.query<unknown>(messages.progress),
      );
      return runResultSchema.parse(answer);
    } catch {
      return undefined;
    }
  }

  private async recorded(): Promise<RunResult | undefined> {
    return this.store.getJsonIfPresent(objectKeys.runResult(this.id), runResultSchema);
  }

  private async failure(): Promise<NonNullable<RunResult['failure']>> {
    try {
      await this.workflow.result();
      return { code: 'GW_INTERNAL', message: 'the run ended without a failure', remedy: null };
    } catch (error) {
      const { code, message, remedy } = runFailure(error, this.id);
      return { code, message, remedy: remedy ?? null };
    }
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw serviceFailure(error, this.id);
    }
  }
}

/**
 * The workflow knows its end a moment before Temporal does. Only Temporal's word counts: before it, the reason of a failure
 * cannot be had.
 */
function untilClosed(status: RunResult['status']): RunResult['status'] {
  return hasEnded(status) ? 'running' : status;
}
