/** Where the time went, by activity: waiting for a worker and being worked on; and what that cost. */
import type { StageReport } from '../../../contracts/run/result.js';
import { trainStageOutputSchema } from '../../../contracts/activities/trainingActivities.js';
import type { Prices } from '../../runs/options.js';
import { duration } from '../../text/format.js';
import { took } from './curves.js';
import type { ActivityRecord } from '../facts/history.js';
import { html, type Html } from '../page/html.js';
import { numberColumn, table } from '../page/table.js';
import { timeline } from './timeline.js';

export interface ActivityTotal {
  type: string;
  pool: ActivityRecord['pool'];
  times: number;
  /** Attempts beyond the first ones. */
  retries: number;
  /** Seconds until a worker began, added up; with what earlier attempts took. */
  waited: number;
  /** Seconds being worked on, added up: of the last attempts, and of training what its checkpoints kept of earlier ones. */
  ran: number;
  /** null without a price for the pool. */
  cost: number | null;
}

/**
 * Activities of one kind together, in the order in which the kinds first came. Pure.
 * @param now for those still open; milliseconds since 1970
 */
export function totalsOf(activities: readonly ActivityRecord[], prices: Prices, now: number): ActivityTotal[] {
  const totals = new Map<string, ActivityTotal>();
  for (const activity of activities) {
    const { type, pool, scheduledAt, endedAt, attempts } = activity;
    const key = `${type} ${pool}`;
    const total = totals.get(key) ?? { type, pool, times: 0, retries: 0, waited: 0, ran: 0, cost: null };
    const all = Math.max(0, (endedAt ?? now) - scheduledAt) / 1000;
    const ran = secondsRun(activity, all);
    total.times += 1;
    total.retries += Math.max(0, attempts - 1);
    total.waited += all - ran;
    total.ran += ran;
    totals.set(key, total);
  }
  return [...totals.values()].map((total) => {
    const price = total.pool === 'other' ? undefined : prices[total.pool];
    return { ...total, cost: price === undefined ? null : (total.ran / 3600) * price };
  });
}

/**
 * The history has only the last attempt. A stage's checkpoints add up the earlier ones, but also what was trained before the
 * activity, or by another run: no more of it counts than there was time.
 */
function secondsRun({ type, startedAt, scheduledAt, attempts, answer }: ActivityRecord, all: number): number {
  if (startedAt === null) return 0;
  const last = Math.max(0, all - (startedAt - scheduledAt) / 1000);
  if (type !== 'trainStage' || attempts < 2) return last;
  const { data } = trainStageOutputSchema.pick({ reused: true, result: true }).loose().safeParse(answer);
  return data === undefined || data.reused ? last : Math.max(last, Math.min(all, data.result.seconds));
}

/** Whether more was worked than is known: of attempts that failed, and of work under way, the history does not record when it began. */
export function isLeast(activities: readonly ActivityRecord[]): boolean {
  return activities.some(({ attempts, outcome }) => attempts > 1 || outcome === 'open');
}

export function timingSection(
  activities: readonly ActivityRecord[] | null,
  stages: readonly StageReport[],
  prices: Prices,
  now: number,
): Html {
  if (activities === null) {
    return html`<p>Temporal no longer has the run's history. Only the times of its stages are left.</p>
      ${table(
        ['stage', numberColumn('took')],
        stages.map((stage) => [stage.name, took(stage)]),
        'Stages',
      )}`;
  }
  if (activities.length === 0) return html`<p>Nothing has been scheduled yet.</p>`;
  const totals = totalsOf(activities, prices, now);
  const retried = totals.some(({ retries }) => retries > 0);
  const priced = totals.some(({ cost }) => cost !== null);
  return html`${timeline(activities, now)}
    ${table(
      ['activity', 'pool', ...['times', 'retries', 'waited', 'ran', ...(priced ? ['cost'] : [])].map(numberColumn)],
      [...totals, sumOf(totals)].map(({ type, pool, times, retries, waited, ran, cost }) => [
        type === inAll ? html`<strong>${type}</strong>` : type,
        pool === 'other' ? '' : pool,
        times,
        retries,
        duration(waited),
        duration(ran),
        ...(priced ? [cost === null ? '–' : money(cost)] : []),
      ]),
      'Time of each kind of activity',
    )}
    <p class="quiet">
      Times are sums: activities that ran at the same time each count in full.
      ${
        activities.some(({ outcome }) => outcome === 'open') &&
        'Unfinished activities count as waiting, even if a worker is running them: Temporal records their start only at their end.'
      }
      ${retried && 'For an activity with retries, only its last attempt counts as run time. For training, the work of earlier attempts that its checkpoints kept counts, too. The rest counts as waiting.'}
      ${
        priced
          ? `Cost: time run × ${Object.entries(prices)
              .map(([pool, price]) => `${price} an hour of a ${pool} worker`)
              .join(
                ', ',
              )}. Idle workers, storage and traffic are not included.${isLeast(activities) ? ' The real cost is at least this much: retries and work in progress count only in part.' : ''}`
          : 'With --price-per-hour gpu=2.5,cpu=0.2 this section also shows the cost.'
      }
    </p>`;
}

/** Name of the row that adds up the others. */
const inAll = 'in all';

function sumOf(totals: readonly ActivityTotal[]): ActivityTotal {
  const sum = (of: (total: ActivityTotal) => number): number => totals.reduce((all, total) => all + of(total), 0);
  const costs = totals.some(({ cost }) => cost !== null) ? sum(({ cost }) => cost ?? 0) : null;
  return {
    type: inAll,
    pool: 'other',
    times: sum(({ times }) => times),
    retries: sum(({ retries }) => retries),
    waited: sum(({ waited }) => waited),
    ran: sum(({ ran }) => ran),
    cost: costs,
  };
}

/** Two decimals, four for little. */
export const money = (amount: number): string =>
  amount > 0 && amount < 0.0001 ? '< 0.0001' : amount.toFixed(amount < 0.1 ? 4 : 2);
