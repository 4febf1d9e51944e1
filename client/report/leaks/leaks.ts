/** Test pictures that training had seen as well, and what the test says without them. Pure. */
import { isMistake, type JudgedAnswer } from '../../../learning/metrics/evaluate.js';
import type { DuplicateGroup, Split } from '../../../contracts/data/dataset.js';
import type { TestOutcome } from '../../../contracts/data/evaluation.js';
import { wilsonInterval } from '../../../learning/metrics/interval.js';
import type { SourceLeaks } from './sourceLeaks.js';

export interface Leaks {
  /** Test pictures that are, exactly or nearly, among those trained or validated on. */
  paths: Set<string>;
  /** The model that the run started from, and how many of them that model had met before; null where it had met none. */
  source: { model: string; pictures: number } | null;
  /** Whether there are no others; false where the lists that would show them are gone. */
  isWhole: boolean;
  /** The test without them; null where no picture is left, their outcomes are not known, or there may be others. */
  without: { count: number; top1: number; interval: [number, number] } | null;
}

export interface LeakSigns {
  /** Groups that cross splits; null where their list is gone, or has lost pictures that were forgotten. */
  groups: readonly DuplicateGroup[] | null;
  /** How many such groups the ingest counted; null where that is not known. */
  counted: number | null;
  /** The split of each path in such a group. */
  splitOf: ReadonlyMap<string, Split>;
  /** null where the run started from published weights. */
  source: SourceLeaks | null;
}

/** Of an outcome, whether the picture was recognised. */
type Recognised = Pick<TestOutcome, 'path'> & JudgedAnswer;

export function leaksIntoTest({ groups, counted, splitOf, source }: LeakSigns, outcomes: readonly Recognised[]): Leaks {
  const paths = new Set(source?.paths);
  for (const group of groups ?? []) {
    const inTest = group.paths.filter((path) => splitOf.get(path) === 'test');
    const elsewhere = group.paths.some((path) => splitOf.has(path) && splitOf.get(path) !== 'test');
    if (elsewhere) for (const path of inTest) paths.add(path);
  }
  const isWhole = (groups !== null || counted === 0) && (source === null || source.isWhole);
  return {
    paths,
    source: source === null || source.paths.size === 0 ? null : { model: source.model, pictures: source.paths.size },
    isWhole,
    without: isWhole ? testWithout(paths, outcomes) : null,
  };
}

function testWithout(paths: ReadonlySet<string>, outcomes: readonly Recognised[]): Leaks['without'] {
  const rest = outcomes.filter(({ path }) => !paths.has(path));
  const hits = rest.filter((outcome) => !isMistake(outcome)).length;
  return rest.length === 0
    ? null
    : { count: rest.length, top1: hits / rest.length, interval: wilsonInterval(hits, rest.length) };
}
