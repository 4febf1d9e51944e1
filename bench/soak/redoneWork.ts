/** How much of a run's work was done twice, as seen from outside: by what was left before an attempt ended, and after. */
import type { ActivityStatus } from '../../client/index.js';
import type { Progress } from '../../contracts/spec/stages/training.js';

interface Seen {
  attempt: number;
  /** What an attempt said, as it changed: seconds, and units of work left. */
  points: { at: number; left: number }[];
  /** The last report: until a new attempt has said something, Temporal shows what the one before said. */
  report: string;
}

export class RedoneWork {
  /** Of the attempt that redid most. Seconds. */
  most = 0;
  private readonly activities = new Map<string, Seen>();

  /**
   * @param run whose activities these are
   * @param now seconds
   */
  sample(run: string, activities: readonly ActivityStatus[], now: number): void {
    for (const { id, attempt, progress } of activities) {
      if (progress === null) continue;
      const key = `${run}/${id}`;
      const report = JSON.stringify(progress);
      const before = this.activities.get(key);
      if (before?.report === report) continue;
      if (before !== undefined && attempt > before.attempt) {
        this.most = Math.max(this.most, redone(before, leftAtStart(progress)));
      }
      const points = before?.attempt === attempt ? before.points : [];
      this.activities.set(key, { attempt, report, points: [...points, { at: now, left: left(progress) }] });
    }
  }
}

/** Shards being read into memory are no work: every attempt begins with them. */
function left({ unit, done, total }: Progress): number {
  return unit === 'shards' ? Infinity : total - done;
}

/** What was left when the attempt began that says this. */
function leftAtStart(progress: Progress): number | undefined {
  const { total, epochs, resumedFrom, unit } = progress;
  if (unit === 'shards') return undefined;
  if (resumedFrom === undefined || epochs === undefined) return unit === 'steps' ? total : left(progress);
  return total - ((resumedFrom.epoch - 1) * (total / epochs) + resumedFrom.step);
}

/** Seconds that the earlier attempt had spent on what the later one has to do again. */
function redone({ points }: Seen, leftNow: number | undefined): number {
  const counted = points.filter((point) => point.left !== Infinity);
  const last = counted.at(-1);
  if (last === undefined || leftNow === undefined || leftNow <= last.left) return 0;
  // Since it was last seen with at least as much left as now.
  const since = counted.findLast((point) => point.left >= leftNow) ?? counted[0] ?? last;
  return last.at - since.at;
}
