/** What there is to say of pictures that are there more than once. Pure. */
import type { DuplicateGroup, DatasetManifest, Split } from '../../contracts/data/dataset.js';
import { counted } from './format.js';

type Counts = DatasetManifest['duplicates'];

/** `2 groups of identical files, 1 of pictures that look alike; 2 in more than one split, 1 of them with test pictures (a leak); …` */
export function duplicateSummary({ exact, near, group = 0, acrossSplits, intoTest, acrossClasses }: Counts): string {
  const which = [
    exact > 0 && `${counted(exact, 'group')} of identical files`,
    near > 0 && `${counted(near, 'group')} of pictures that look alike`,
    group > 0 && `${counted(group, 'group')} of the source in more than one split`,
  ].filter((text) => text !== false);
  if (which.length === 0) return 'none: no identical files, and no pictures that look alike';
  const where = [
    acrossSplits === 0
      ? 'none in more than one split'
      : `${acrossSplits} in more than one split${leaking(acrossSplits, intoTest)}`,
    ...(acrossClasses === 0 ? [] : [`${acrossClasses} in more than one class`]),
  ];
  return `${which.join(', ')}; ${where.join('; ')}`;
}

/** @param intoTest undefined in older versions, which did not count it */
function leaking(acrossSplits: number, intoTest: number | undefined): string {
  if (intoTest === undefined) return '';
  if (intoTest === 0) return ', none with test pictures (no leak into the test)';
  const which = intoTest === acrossSplits ? (intoTest === 1 ? 'with' : 'all with') : `${intoTest} of them with`;
  return `, ${which} test pictures (${intoTest === 1 ? 'a leak' : 'leaks'})`;
}

/** The splits of a group; of older versions as far as those of its paths are known. */
export function splitsOfGroup({ splits, paths }: DuplicateGroup, splitOf?: ReadonlyMap<string, Split>): Split[] {
  return splits ?? [...new Set(paths.flatMap((path) => splitOf?.get(path) ?? []))];
}

/** What the pictures of a group have in common. */
export function groupKind({ kind }: DuplicateGroup): string {
  return { exact: 'identical', near: 'alike', group: 'same group' }[kind];
}

/** What is wrong with a group, in words; nothing where it is merely there. */
export function groupRemarks(group: DuplicateGroup, splitOf?: ReadonlyMap<string, Split>): string[] {
  const splits = splitsOfGroup(group, splitOf);
  if (group.kind === 'group')
    return [splits.includes('test') ? 'a leak: the test has pictures of the same group' : 'one group'];
  const across = splits.includes('test')
    ? `a leak: the test has a copy of a ${splits.includes('train') ? 'training' : 'validation'} picture`
    : splits.length > 1
      ? 'validation has a copy of a training picture'
      : 'in more than one split';
  return [
    ...(group.acrossSplits ? [across] : []),
    ...(group.acrossClasses ? ['a wrong label: in more than one class'] : []),
  ];
}
