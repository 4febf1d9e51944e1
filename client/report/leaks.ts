/** Test pictures that training had seen as well, and what the test says without them. Pure. */
import type { DuplicateGroup, Split } from '../../contracts/dataset.js';
import type { TestOutcome } from '../../contracts/evaluation.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';

export interface Leaks {
  /** Test pictures that are, exactly or nearly, among those trained or validated on. */
  paths: Set<string>;
  /** The test without them; null where no picture is left, or their outcomes are not known. */
  without: { count: number; top1: number; interval: [number, number] } | null;
}

/** @param splitOf the split of each path in a group that crosses splits */
export function leaksIntoTest(
  groups: readonly DuplicateGroup[],
  splitOf: ReadonlyMap<string, Split>,
  outcomes: readonly TestOutcome[],
): Leaks {
  const paths = new Set<string>();
  for (const group of groups) {
    const inTest = group.paths.filter((path) => splitOf.get(path) === 'test');
    const elsewhere = group.paths.some((path) => splitOf.has(path) && splitOf.get(path) !== 'test');
    if (elsewhere) for (const path of inTest) paths.add(path);
  }
  const rest = outcomes.filter(({ path }) => !paths.has(path));
  const hits = rest.filter(({ label, predicted }) => label === predicted).length;
  const without =
    rest.length === 0
      ? null
      : { count: rest.length, top1: hits / rest.length, interval: wilsonInterval(hits, rest.length) };
  return { paths, without };
}
