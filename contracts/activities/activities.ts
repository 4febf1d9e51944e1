/**
 * The activities: one table, from which workflows call them, workers offer them, and logs name them. A row stands with its
 * schemas. Inputs and outputs are references and small facts (< 64 KB), never tensors or image lists.
 */
import type { z } from 'zod';
import type { TimeoutClass } from './activity.js';
import { choosingActivities } from './choosingActivities.js';
import { evaluationActivities } from './evaluationActivities.js';
import { promotionActivities } from './promotionActivities.js';
import { reviewActivities } from './reviewActivities.js';
import { trainingActivities } from './trainingActivities.js';

export const activityTable = {
  ...trainingActivities,
  ...choosingActivities,
  ...promotionActivities,
  ...evaluationActivities,
  ...reviewActivities,
};
type Table = typeof activityTable;
export type ActivityName = keyof Table;

/** Names of the activities with these timeouts. */
export type NamesWith<Class extends TimeoutClass> = {
  [Name in ActivityName]: Table[Name]['timeouts'] extends Class ? Name : never;
}[ActivityName];

/** What an activity works with: its input, checked and with defaults. */
export type InputOf<Name extends ActivityName> = z.output<Table[Name]['input']>;
export type OutputOf<Name extends ActivityName> = Table[Name]['output'];

/** The activities with these timeouts as functions: workflows call them so, workers offer them. */
export type Activities<Class extends TimeoutClass> = {
  [Name in NamesWith<Class>]: (input: InputOf<Name>) => Promise<OutputOf<Name>>;
};

export type CpuClass = Exclude<TimeoutClass, 'engine'>;
export type CpuActivities = Activities<CpuClass>;
export type GpuActivities = Activities<'engine'>;
