/** Where the time went, by activity: waiting for a worker and being worked on; and what that cost. */
import type { StageReport } from '../../contracts/result.js';
import { duration } from '../display/format.js';
import type { ActivityRecord } from './history.js';
import { html, type Html } from './html.js';
import { numberColumn, table } from './table.js';
import { timeline } from './timeline.js';

/** Price of an hour of one worker of a pool, in whatever currency the person has in mind. */
export type Prices = Partial<Record<'cpu' | 'gpu', number>>;

export interface ActivityTotal {
  type: string;
  pool: ActivityRecord['pool'];
  times: number;
  /** Attempts beyond the first ones. */
  retries: number;
  /** Seconds until a worker began, added up; with what earlier attempts took. */
  waited: number;
  /** Seconds being worked on (of the last attempts), added up. */
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
  for (const { type, pool, scheduledAt, startedAt, endedAt, attempts } of activities) {
    const key = `${type} ${pool}`;
    const total = totals.get(key) ?? { type, pool, times: 0, retries: 0, waited: 0, ran: 0, cost: null };
    const end = endedAt ?? now;
    total.times += 1;
    total.retries += Math.max(0, attempts - 1);
    total.waited += Math.max(0, (startedAt ?? end) - scheduledAt) / 1000;
    if (startedAt !== null) total.ran += Math.max(0, end - startedAt) / 1000;
    totals.set(key, total);
  }
  return [...totals.values()].map((total) => {
    const price = total.pool === 'other' ? undefined : prices[total.pool];
    return { ...total, cost: price === undefined ? null : (total.ran / 3600) * price };
  });
}

export function timingSection(
  activities: readonly ActivityRecord[] | null,
  stages: readonly StageReport[],
  prices: Prices,
  now: number,
): Html {
  if (activities === null) {
    return html`<p>Temporal no longer has the run's history; what is left is how long its stages took.</p>
      ${table(
        ['stage', numberColumn('took')],
        stages.map(({ name, seconds }) => [name, duration(seconds)]),
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
        type,
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
      Times are added up: activities that ran beside one another count each for itself.
      ${
        activities.some(({ outcome }) => outcome === 'open') &&
        'What is not done yet counts as waiting, also where a worker is at it: Temporal writes down when that began only when it ends.'
      }
      ${retried && 'An activity with retries has run since its last attempt began; what the earlier ones took counts as waiting.'}
      ${
        priced
          ? `Cost: time run × ${Object.entries(prices)
              .map(([pool, price]) => `${price} an hour of a ${pool} worker`)
              .join(', ')}; idle workers, storage and traffic are not in it.`
          : 'With --price-per-hour gpu=2.5,cpu=0.2 the cost stands here too.'
      }
    </p>`;
}

function sumOf(totals: readonly ActivityTotal[]): ActivityTotal {
  const sum = (of: (total: ActivityTotal) => number): number => totals.reduce((all, total) => all + of(total), 0);
  const costs = totals.some(({ cost }) => cost !== null) ? sum(({ cost }) => cost ?? 0) : null;
  return {
    type: 'in all',
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
