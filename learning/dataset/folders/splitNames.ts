/** What folders and lists call the splits. Pure. */
import type { Split } from '../../../contracts/data/dataset.js';
import { editsBetween } from '../../../contracts/nearest.js';

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
  const plain = plainName(name);
  return Object.hasOwn(splitsByName, plain) ? splitsByName[plain] : undefined;
}

/** In shorter names a letter that differs makes another word, so two swapped letters alone are a slip: `vla`, but not `van`. */
const leastLetters = 4;

/** The name of a split that is one slip away (`tset`, `tests`, `vaild`); undefined for a split's own name and for any other. */
export function nearSplitName(name: string): string | undefined {
  if (splitNamed(name) !== undefined) return undefined;
  // The end of `tset` looks like that of `trainset`.
  const forms = [plainName(name), name.toLowerCase()];
  return Object.keys(splitsByName).find((known) => forms.some((form) => isSlip(form, known)));
}

function isSlip(form: string, known: string): boolean {
  return editsBetween(form, known) === 1 && (known.length >= leastLetters || sorted(form) === sorted(known));
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
    .replace(ending, '');
}

function sorted(name: string): string {
  return [...name].sort().join('');
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
