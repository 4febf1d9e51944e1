/** Which file is said to show what, before anybody has looked into it. */
import type { Split } from '../../contracts/dataset.js';

export interface Candidate {
  /** Path below the source's root, or the full URI of an object elsewhere. */
  path: string;
  className: string;
  /** As the source says; null when it says nothing. */
  split: Split | null;
}

export interface LabelledSource {
  candidates: Candidate[];
  /** Files that are no leftovers of an operating system but belong to no class. */
  withoutClass: { path: string; detail: string }[];
  /** What the source itself calls each split it has, e.g. validation → `val`. */
  splitNames: Partial<Record<Split, string>>;
}

/** The names a split goes by, in lower case. */
const splitsByName: Record<string, Split> = {
  train: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

/** The split of that name (any case), or undefined. */
export function splitNamed(name: string): Split | undefined {
  return Object.hasOwn(splitsByName, name.toLowerCase()) ? splitsByName[name.toLowerCase()] : undefined;
}
