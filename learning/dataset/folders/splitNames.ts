/** What folders and lists call the splits. Pure. */
import type { Split } from '../../../contracts/data/dataset.js';

/** The names a split goes by, in lower case. */
const splitsByName: Record<string, Split> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  development: 'validation',
  eval: 'validation',
  evaluation: 'validation',
  test: 'test',
  testing: 'test',
  holdout: 'test',
};

/** `train_set`, `Test-Images` and `val2017` mean what `train`, `test` and `val` do. */
const ending = /(?:sets?|images?|imgs?|\d+)+$/;

/** The split of that name (any case), or undefined. */
export function splitNamed(name: string): Split | undefined {
  const plain = name
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
    .replace(ending, '');
  return Object.hasOwn(splitsByName, plain) ? splitsByName[plain] : undefined;
}

/** What each name means beside the others: where there is `dev` or `val` already, and no `test`, `eval` is the test. */
export function meaningsOf(named: readonly string[]): Map<string, Split> {
  const isEvaluation = (folder: string) => /^eval/i.test(folder);
  const others = new Set(named.filter((folder) => !isEvaluation(folder)).map(splitNamed));
  const evaluation = others.has('validation') && !others.has('test') ? 'test' : 'validation';
  return new Map(
    named.map((folder) => [folder, isEvaluation(folder) ? evaluation : (splitNamed(folder) ?? 'train')] as const),
  );
}
