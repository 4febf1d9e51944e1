/** What a schedule does at each tick, and how long that may take. */
import type { ScheduleHandle } from '@temporalio/client';
import { GraftworkError } from '../../contracts/errors.js';
import { issueText } from '../../contracts/issueText.js';
import { retrainRequestSchema, type RetrainRequest } from '../../contracts/models/retraining.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { webhookSchema } from '../../contracts/spec/promotion.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { attributesOf } from '../runs/startRun.js';

/** Share of the interval that one retraining may take at most, and the least it may take in any case. Milliseconds. */
const shareOfInterval = 0.9;
const leastTimeout = 3_600_000;

/**
 * What each tick is asked; without a policy of its own a schedule's gate decides.
 *
 * @throws GraftworkError GW_USAGE naming the option that does not parse
 */
export function requestOf(spec: RunSpec, warmStart: boolean, notify: string | null): RetrainRequest {
  requireWebhook(notify);
  const { approval, ...policy } = spec.promotion ?? {};
  const request = {
    spec: { ...spec, promotion: { policy: 'auto', ...policy, approval: { notify, ...withoutNull(approval) } } },
    ...{ warmStart, notify },
  };
  const parsed = retrainRequestSchema.safeParse(request);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new GraftworkError(
    'GW_USAGE',
    `${issue?.path.join('.') ?? ''}: ${issue === undefined ? 'invalid' : issueText(issue, request)}`,
    {
      remedy: 'Correct the option named, or see `graftwork schema`.',
    },
  );
}

/** It stands in two places of the request, and the person wrote neither. @throws GraftworkError GW_USAGE */
function requireWebhook(notify: string | null): void {
  const issue = webhookSchema.nullable().safeParse(notify).error?.issues[0];
  if (issue === undefined) return;
  // An address may hold a secret, so it is not shown.
  throw new GraftworkError('GW_USAGE', `--notify cannot be used: ${issueText(issue, notify)}.`, {
    remedy: 'Give --notify an address such as https://example.org/hook, without a user name or password.',
  });
}

/** The schedule's webhook also hears of approvals, unless these have one of their own. */
function withoutNull(approval: Partial<NonNullable<RunSpec['promotion']>['approval']> = {}): object {
  return Object.fromEntries(Object.entries(approval).filter(([, value]) => value !== null));
}

/** The retraining that each tick starts. */
export function recurringAction(
  request: RetrainRequest,
  id: string,
  typedSearchAttributes: ReturnType<typeof attributesOf>,
) {
  const { name, dataset } = request.spec;
  return {
    type: 'startWorkflow' as const,
    workflowType: workflowTypes.retrain,
    workflowId: id,
    taskQueue: taskQueues.workflow,
    args: [request],
    memo: { model: name, dataset: dataset.uri },
    typedSearchAttributes,
    staticSummary: `retrain ${name} on ${dataset.uri}`,
  };
}

/** @throws GraftworkError GW_USAGE for a time that never comes, as 30 February; the schedule is gone then */
export async function requireTicks(handle: ScheduleHandle): Promise<void> {
  const { info } = await handle.describe();
  if (info.nextActionTimes.length > 0) return;
  await handle.delete();
  throw new GraftworkError('GW_USAGE', 'A schedule with these times would never tick.', {
    remedy: 'Give a time that recurs, for example `--cron "30 3 * * 1"` or `--calendar "day 1 03:30"`.',
  });
}

/** Temporal knows best when a schedule will tick: the shortest gap among its next ticks is the interval. */
export async function limitBelowInterval(handle: ScheduleHandle): Promise<void> {
  const { info } = await handle.describe();
  const times = info.nextActionTimes.map((time) => time.getTime());
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  if (gaps.length === 0) return;
  const timeout = Math.max(leastTimeout, Math.round(Math.min(...gaps) * shareOfInterval));
  await handle.update(({ spec, action, policies, state }) => ({
    ...{ spec, policies, state },
    action: { ...action, workflowExecutionTimeout: timeout },
  }));
}
