/** The same file under more than one class: a model cannot learn both, and a test cannot judge either. Pure. */
import type { DuplicateGroup } from '../../contracts/data/dataset.js';
import { quoted } from './folders/className.js';

/** Pictures named in one remark. */
const mostNamed = 3;

/** Pictures with more than one label: how many there are, and copies of the first ones. */
export interface TwoLabels {
  count: number;
  /** Paths of the same file, for each of the first pictures. */
  examples: (readonly string[])[];
}

/** @param groups of a dataset version */
export function twoLabels(groups: Iterable<DuplicateGroup>): TwoLabels {
  const found: TwoLabels = { count: 0, examples: [] };
  for (const { kind, acrossClasses, paths } of groups) {
    if (kind !== 'exact' || !acrossClasses) continue;
    found.count += 1;
    if (found.examples.length < mostNamed) found.examples.push(paths);
  }
  return found;
}

/**
 * One sentence, and what to do; none where no picture has two labels.
 * @param classOf path of each file of the examples
 */
export function twoLabelsRemark({ count, examples }: TwoLabels, classOf: ReadonlyMap<string, string>): string[] {
  if (count === 0) return [];
  const named = examples.flatMap((paths) => contradiction(paths, classOf));
  const more = count > named.length && named.length > 0 ? ` and ${count - named.length} more` : '';
  const which = named.length === 0 ? '' : `: ${named.join('; ')}${more}`;
  const what = count === 1 ? '1 picture has' : `${count} pictures have`;
  return [
    `${what} more than one label${which}. Keep only the copies with the right label, or set \`task: multi-label\` if all of them are right.`,
  ];
}

/** The first two copies that differ in their class. */
function contradiction(paths: readonly string[], classOf: ReadonlyMap<string, string>): string[] {
  const [first, ...others] = paths.filter((path) => classOf.has(path));
  const other = others.find((path) => classOf.get(path) !== classOf.get(first ?? ''));
  if (first === undefined || other === undefined) return [];
  const is = (path: string): string => `${quoted(path)} is ${quoted(classOf.get(path) ?? '')}`;
  return [`${is(first)}, its copy ${is(other)}`];
}
