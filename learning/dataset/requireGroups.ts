/** Whether a pattern of paths finds groups that splits can be drawn of. Pure. */
import { GraftworkError } from '../../contracts/errors.js';
import { quoted, quotedList } from './folders/className.js';
import { groupPattern } from './groupPattern.js';

/** Pictures named in a message. */
const mostNamed = 3;

/**
 * @param pattern as `dataset.groupBy` has it
 * @param source as the person knows it
 * @returns what a person should know of the groups, in sentences
 * @throws GraftworkError GW_DATASET_INVALID when the pattern matches no path, or finds one group for all of them
 */
export function requireGroups(paths: Iterable<string>, pattern: string, source: string): string[] {
  const groupOf = groupPattern(pattern);
  const groups = new Map<string, Set<string>>();
  let joinsFolder = false;
  const [without, all]: [string[], string[]] = [[], []];
  let [count, grouped] = [0, 0];
  for (const path of paths) {
    count += 1;
    if (all.length < mostNamed) all.push(path);
    const group = groupOf(path);
    if (group === undefined) {
      if (without.length < mostNamed) without.push(path);
      continue;
    }
    grouped += 1;
    const folders = groups.get(group) ?? new Set();
    const folder = folderOf(path);
    joinsFolder ||= folders.has(folder);
    groups.set(group, folders.add(folder));
  }
  const name = `The pattern ${quoted(pattern)} of dataset.groupBy`;
  if (count > 0 && grouped === 0) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `${name} matches none of the ${count} pictures at ${source}, for example ${quotedList(all)}.`,
      { remedy: 'Write it for the end of these paths, with {group} where the common part is: {group}/* or {group}_*.' },
    );
  }
  if (count > 1 && groups.size === 1 && grouped === count) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `${name} finds the same group, ${quotedList([...groups.keys()])}, in all ${count} pictures at ${source}, for example ${quotedList(all)}.`,
      {
        remedy:
          'Put {group} where the paths differ: `{group}` ends at the first place where the rest of the pattern fits.',
      },
    );
  }
  const lonely = count - grouped;
  return [
    ...(lonely === 0
      ? []
      : [
          `${name} does not match ${lonely} of ${count} pictures, for example ${quotedList(without, lonely)}. They have no group.`,
        ]),
    ...(groups.size === grouped && grouped > 1
      ? [`${name} finds another group in each picture, so it keeps nothing together.`]
      : []),
    ...(joinsFolder ? [] : acrossFolders(name, groups)),
  ];
}

/** Of groups that never join two pictures of one folder: names that begin anew in each class, as numbers do, look so. */
function acrossFolders(name: string, groups: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const across = [...groups].filter(([, folders]) => folders.size > 1);
  const [first] = across;
  if (first === undefined || across.length < groups.size / 2) return [];
  const [group, folders] = first;
  return [
    `${name} joins pictures of different folders alone: ${quoted(group)} is in ${quotedList([...folders].slice(0, mostNamed), folders.size)}. If file names only begin anew in each class, leave dataset.groupBy out.`,
  ];
}

/** Name of the folder that a picture lies in: usually its class. */
function folderOf(path: string): string {
  return path.split('/').at(-2) ?? '';
}
