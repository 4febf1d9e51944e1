/** What may be gone: a report notes it and goes on. */
import { isDispensable } from '../leaks/dispensable.js';

/** Waits for something; undefined when it is gone. */
export type IfThere = <T>(what: Promise<T>) => Promise<T | undefined>;

/** @param notes get a message for each thing that is gone */
export function notingWhatIsGone(notes: string[]): IfThere {
  return async (what) =>
    what.catch((thrown: unknown) => {
      if (!isDispensable(thrown)) throw thrown;
      notes.push(thrown.message);
      return undefined;
    });
}
