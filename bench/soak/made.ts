/** What a run made, to be set against what an undisturbed one with the same inputs made. */
import { isDeepStrictEqual } from 'node:util';
import type { RunResult } from '../../client/index.js';

type Stage = RunResult['stages'][number];

export interface Made {
  /** Digest of the model's parameters. */
  parameters: string;
  /** Each with its epochs' figures. */
  stages: (Pick<Stage, 'name' | 'kept'> & {
    epochs: Pick<Stage['epochs'][number], 'epoch' | 'loss' | 'validation'>[];
  })[];
  test: RunResult['test'];
  /** Of the model, that name this run: one. */
  versions: number;
}

/**
 * Whether a run made what it must have made: one version with the very bytes and figures of the undisturbed run. One that
 * was finished early has nothing to be compared with but its epochs: those it trained are those of the undisturbed run.
 *
 * @param mayBeFinished whether somebody asked the run to finish
 */
export function agrees(made: Made, undisturbed: Made, mayBeFinished: boolean): boolean {
  if (made.versions !== 1) return false;
  const { parameters, stages, test } = made;
  const isWhole = isDeepStrictEqual([stages, test], [undisturbed.stages, undisturbed.test]);
  if (isWhole) return parameters === undisturbed.parameters;
  return mayBeFinished && isEarlierEnd(stages, undisturbed.stages);
}

/** Whether all stages but the last are the same, and the last one has the same epochs as far as it went. */
function isEarlierEnd(stages: Made['stages'], whole: Made['stages']): boolean {
  const before = stages.slice(0, -1);
  const last = stages.at(-1);
  const same = whole[before.length];
  if (last === undefined || same === undefined || last.name !== same.name) return false;
  const isBegun = isDeepStrictEqual(last.epochs, same.epochs.slice(0, last.epochs.length));
  return isBegun && isDeepStrictEqual(before, whole.slice(0, before.length));
}
