/** Class names that may be mistakes: nearly the same name twice, or what programs write where a label is missing. Pure. */
import type { DatasetManifest } from '../../../contracts/data/dataset.js';
import { quoted } from '../folders/className.js';

/** Remarks of one kind. */
const mostOfAKind = 5;

/** What pandas, R, SQL and spreadsheets write for a value that is missing, in lower case. */
const missing = new Set(['nan', 'null', 'none', 'nil', 'na', 'n.a.', '<na>', '#na', 'undefined', 'missing']);

/** Groups of names that differ only in case, spaces, punctuation, the form of their letters, or how they write a number. */
export function alikeClasses(classes: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const name of classes) {
    const plain = plainName(name);
    if (plain !== '') groups.set(plain, [...(groups.get(plain) ?? []), name]);
  }
  return [...groups.values()]
    .filter((names) => names.length > 1)
    .slice(0, mostOfAKind)
    .map(
      (names) =>
        `Classes ${names.map(quoted).join(' and ')} have nearly the same name and are kept apart. If they are one class, give them one name.`,
    );
}

/** In a number the sign and the point count, zeros at its ends do not: `01`, `1` and `1.0` are alike, `10` is not. */
function plainName(name: string): string {
  const composed = name.normalize('NFKC').toLowerCase();
  const [, sign = '', whole, fraction = ''] = /^\s*([+-]?)(\d+)(?:\.(\d*))?\s*$/.exec(composed) ?? [];
  if (whole === undefined) return composed.replace(/[\p{Z}\p{P}\p{Cf}]/gu, '');
  const [digits, rest] = [whole.replace(/^0+(?=\d)/, ''), fraction.replace(/0+$/, '')];
  return `${sign === '-' ? '-' : ''}${digits}${rest === '' ? '' : `.${rest}`}`;
}

/** One remark for each class whose name may stand for no label. */
export function missingLabels({ classes, classCounts }: Pick<DatasetManifest, 'classes' | 'classCounts'>): string[] {
  return classes.flatMap((name, label) => {
    if (!missing.has(name.toLowerCase())) return [];
    const count = Object.values(classCounts).reduce((sum, ofSplit) => sum + (ofSplit[label] ?? 0), 0);
    const pictures = `${count} ${count === 1 ? 'picture' : 'pictures'}`;
    return [`Class ${quoted(name)} has ${pictures}. If the name stands for a missing label, label or remove them.`];
  });
}
