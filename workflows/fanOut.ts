/** Shards over a pool: bounded in activities, and in events of any one execution, however many shards there are. */
import { defineQuery, executeChild, setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { ShardsOutput } from '../contracts/activities/trainingActivities.js';
import type { CacheUse } from '../contracts/run/result.js';
import { messages, type PicturesDone } from '../contracts/run/workflowMessages.js';
import { engineWork, shardWork } from './activityProxies.js';
import { persistently } from './persistently.js';

/** Consecutive shards: `from` inclusive, `to` exclusive. */
export interface ShardRange {
  from: number;
  to: number;
}

/** What is done with shards: made of photos, or of them. */
export type ShardStep = 'preprocess' | 'features';

/** Shards of one activity when there are few: small enough to spread, large enough that starting it costs nothing. */
const leastShards = 4;
/** Activities of one execution: at six events each it stays near 150. */
const activitiesEach = 25;
/** Child workflows of one fan-out: with at most nine events each they add 360 to the run's own history. */
const mostBatches = 40;
/** Batches at a time: enough to keep 200 slots busy; the task queue need not hold a million tasks. */
const batchesAtOnce = 8;

/** `from` to `to` as consecutive ranges of `size`. */
function ranges({ from, to }: ShardRange, size: number): ShardRange[] {
  const found: ShardRange[] = [];
  for (let start = from; start < to; start += size) found.push({ from: start, to: Math.min(to, start + size) });
  return found;
}

/** Shards of one activity, when there are `count` in all. */
function activitySize(count: number): number {
  return Math.max(leastShards, Math.ceil(count / (activitiesEach * mostBatches)));
}

/** What one execution hands to activities: all shards when they are few, else one batch of them. */
export function batches(count: number): ShardRange[] {
  return ranges({ from: 0, to: count }, activitySize(count) * activitiesEach);
}

/** A batch as ranges for activities. */
export function activityRanges(batch: ShardRange, count: number): ShardRange[] {
  return ranges(batch, activitySize(count));
}

/** One line about what was found and what was made. */
export function cacheReason(hits: number, misses: number): string {
  if (misses === 0) return 'all found from an earlier run';
  if (hits === 0) return 'computed';
  return `${hits} found from an earlier run, ${misses} computed`;
}

/** All shards of a plan through one step; with more than one batch, each in a child workflow. */
export async function fanOut(step: ShardStep, plan: string, count: number): Promise<CacheUse> {
  const all = batches(count);
  const [only] = all;
  if (only === undefined) return { hits: 0, misses: 0, reason: cacheReason(0, 0) };
  const answered = answerPictures(step);
  const uses =
    all.length === 1
      ? [await shardBatch({ step, plan, batch: only, count })]
      : await inTurn(all, batchesAtOnce, async (batch) =>
          answered({
            // That of an earlier version did not count pictures.
            ...{ pictures: 0 },
            ...(await executeChild(shardBatch, {
              // A name that says what it does; the random part keeps a run that was reset apart from what it was before.
              workflowId: `${workflowInfo().workflowId}/${step}-${batch.from}-${batch.to - 1}-${uuid4().slice(0, 8)}`,
              args: [{ step, plan, batch, count }],
              staticSummary: `${step}: shards ${batch.from} to ${batch.to - 1} of ${count}`,
            })),
          }),
        );
  const { hits, misses } = added(uses);
  return { hits, misses, reason: cacheReason(hits, misses) };
}

/** What came of some shards: how many were found and made, and how many pictures are in them. */
interface ShardsDone extends Pick<CacheUse, 'hits' | 'misses'> {
  pictures: number;
}

function added(parts: readonly ShardsDone[]): ShardsDone {
  return {
    hits: parts.reduce((sum, { hits }) => sum + hits, 0),
    misses: parts.reduce((sum, { misses }) => sum + misses, 0),
    pictures: parts.reduce((sum, { pictures }) => sum + pictures, 0),
  };
}

/** Answers the query for pictures; what is returned counts those of a part that has ended, and hands it on. */
function answerPictures(step: ShardStep): (part: ShardsDone) => ShardsDone {
  const answer: PicturesDone = { step, pictures: 0 };
  setHandler(defineQuery<PicturesDone>(messages.pictures), () => answer);
  return (part) => {
    answer.pictures += part.pictures;
    return part;
  };
}

export interface ShardBatch {
  step: ShardStep;
  /** The plan's digest. */
  plan: string;
  batch: ShardRange;
  /** Shards of the plan. */
  count: number;
}

/** Workflow: the activities of one batch, all at once (the task queue holds back what the pool cannot take). */
export async function shardBatch({ step, plan, batch, count }: ShardBatch): Promise<ShardsDone> {
  const answered = answerPictures(step);
  const ranges = activityRanges(batch, count);
  return added(
    await Promise.all(
      ranges.map(async (range) => {
        const { cache, pictures = 0 } = await work(step, plan, range);
        return answered({ hits: cache.hits, misses: cache.misses, pictures });
      }),
    ),
  );
}

function work(step: ShardStep, plan: string, range: ShardRange): Promise<ShardsOutput> {
  const options = { summary: `shards ${range.from} to ${range.to - 1}` };
  return persistently((halvings) =>
    step === 'preprocess'
      ? shardWork.preprocessShards.executeWithOptions(options, [{ plan, ...range }])
      : engineWork.computeFeatures.executeWithOptions(options, [{ plan, ...range, halvings }]),
  );
}

/** Applies `start` to all, at most `atOnce` at a time; results in order. */
async function inTurn<In, Out>(
  items: readonly In[],
  atOnce: number,
  start: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const queue = [...items.entries()];
  const take = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await start(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  return results;
}
