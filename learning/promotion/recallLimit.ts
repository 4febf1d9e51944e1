/** Whether each class is recognised often enough, as far as its test pictures show. Pure. */
import type { GateLimit } from '../../contracts/spec/promotion.js';
import { binomialLowerTail, shareUpperBound } from '../metrics/binomial.js';

/** One class of the test. */
export interface ClassRecall {
  class: string;
  /** Its test pictures. */
  support: number;
  /** null where there are none. */
  recall: number | null;
}

/** Chance of refusing a model whose classes all reach the limit. */
const significance = 0.05;

/**
 * The limit is broken where the counts exclude it: for some class, so few recognised pictures would be too rare with a true recall at the
 * limit (exact binomial test). The least of a hundred recalls is low by chance alone, so the chance of an error is divided by the
 * number of tests (Bonferroni; Dunn 1961, JASA 56, p. 52). One more test is of all classes together: where each reaches the limit they
 * do so together, and a model that is a little too weak everywhere shows only there.
 *
 * A class without test pictures breaks the limit: a model may be blind to it.
 */
export function judgeRecalls(perClass: readonly ClassRecall[], limit: number): GateLimit {
  const unknown = perClass.find(({ support }) => support === 0);
  if (perClass.length === 0 || unknown !== undefined) {
    return { what: 'recall', value: null, limit, holds: false, ...named(unknown?.class) };
  }
  const error = significance / (perClass.length + 1);
  const counted = perClass.map(({ class: name, support, recall }) =>
    judge({ name, count: support, hits: Math.round((recall ?? 0) * support) }, limit),
  );
  const together = judge(
    {
      count: counted.reduce((sum, { count }) => sum + count, 0),
      hits: counted.reduce((sum, { hits }) => sum + hits, 0),
    },
    limit,
  );
  const least = (by: 'chance' | 'recall'): Judged =>
    counted.reduce((worst, one) => (one[by] < worst[by] ? one : worst));
  const worst = least('chance');
  // Reported is the class that breaks it; else all of them together; else, where it holds, the class with the least recall.
  const isBroken = ({ chance }: Judged): boolean => chance < error;
  const shown = isBroken(worst) ? worst : isBroken(together) ? together : least('recall');
  return {
    what: 'recall',
    value: shown.recall,
    limit,
    bound: shareUpperBound(shown.hits, shown.count, error),
    holds: !isBroken(shown),
    ...named(shown.name),
  };
}

interface Counted {
  /** Left out: all classes together. */
  name?: string;
  count: number;
  hits: number;
}

interface Judged extends Counted {
  recall: number;
  /** Of so few hits, or fewer, with a true recall at the limit. */
  chance: number;
}

function judge(counted: Counted, limit: number): Judged {
  const { count, hits } = counted;
  return { ...counted, recall: hits / count, chance: binomialLowerTail(hits, count, limit) };
}

function named(detail: string | undefined): Pick<GateLimit, 'detail'> {
  return detail === undefined ? {} : { detail };
}
