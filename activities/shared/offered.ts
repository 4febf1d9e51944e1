/** Activities as a worker offers them: each checks its input, does its work, and reports on it. */
import {
  activityTable,
  type ActivityName,
  type InputOf,
  type OutputOf,
} from '../../contracts/activities/activities.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { observed } from './observed.js';

/** Does an activity's work. */
export type WorkOf<Name extends ActivityName> = (
  input: InputOf<Name>,
  caller: Caller,
  callbacks: WorkCallbacks,
) => Promise<OutputOf<Name>>;

/** @param workOf each of the activities; a name is looked up once, when the worker starts */
export function offered<Name extends ActivityName>(
  names: readonly Name[],
  workOf: (name: Name) => WorkOf<Name>,
): Record<Name, (input: unknown) => Promise<OutputOf<Name>>> {
  const entries = names.map((name) => {
    const work = workOf(name);
    const { input: schema } = activityTable[name];
    return [
      name,
      (input: unknown) =>
        observed((callbacks, caller) => work(schema.parse(input) as InputOf<Name>, caller, callbacks)),
    ] as const;
  });
  return Object.fromEntries(entries) as Record<Name, (input: unknown) => Promise<OutputOf<Name>>>;
}
