/**
 * The idea that makes a run durable: a result lies at a key made of everything it depends on. Whoever needs it looks there first;
 * what is found is used again, what is missing or damaged is made and kept. So a retry, a reset or another run with the same
 * inputs computes nothing twice.
 */
import type { z } from 'zod';
import type { PutOptions } from '../../storage/s3/objectFacts.js';
import type { ActivityDependencies } from './dependencies.js';
import { whyLost } from './lostObject.js';

/** A place for one result. */
export interface ResultPlace<T> {
  /** Key of the object. */
  object: string;
  schema: z.ZodType<T>;
  /** What it is, for the log: `an evaluation`. */
  what: string;
  /** Under which label it is counted in `graftwork_results_total`. */
  stage: string;
}

type Store = Pick<ActivityDependencies, 'store'>;

/**
 * What lies there; undefined where nothing does, or it is damaged.
 *
 * @param check what else has to be there; it throws GW_CORRUPT or GW_OBJECT_MISSING where it is not
 * @throws GraftworkError GW_S3_…
 */
export async function findResult<T>(
  { store, log }: Store & Pick<ActivityDependencies, 'log'>,
  { object, schema, what }: Omit<ResultPlace<T>, 'stage'>,
  check: (found: T) => Promise<unknown> = async () => undefined,
): Promise<T | undefined> {
  try {
    const found = await store.getJsonIfPresent(object, schema);
    if (found !== undefined) await check(found);
    return found;
  } catch (thrown) {
    log.warn({ object, reason: whyLost(thrown) }, `${what} is damaged: it is computed again`);
    return undefined;
  }
}

/** Writes the very same once more, so that a collection of garbage that is under way sees that it is in use again. */
export async function reuseResult<T extends object>(
  { store, measure }: Store & Pick<ActivityDependencies, 'measure'>,
  { object, stage }: ResultPlace<T>,
  found: T,
): Promise<T> {
  measure('results', 1, { stage, outcome: 'found' });
  await store.putJson(object, found);
  return found;
}

/** Stores what was made. @throws GraftworkError GW_CONFLICT when a condition does not hold; GW_S3_… */
export async function keepResult<T extends object>(
  { store, measure }: Store & Pick<ActivityDependencies, 'measure'>,
  { object, stage }: ResultPlace<T>,
  made: T,
  options: PutOptions = {},
): Promise<T> {
  await store.putJson(object, made, options);
  measure('results', 1, { stage, outcome: 'made' });
  return made;
}
