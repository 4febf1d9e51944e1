/** Which pictures of a folder a person is shown: some of every class. */
import { dirname } from 'node:path/posix';
import { splitNamed } from '../../learning/dataset/index.js';

/**
 * Up to `count` of these paths, from as many folders or groups as possible, spread evenly over each. Where there is a train
 * split, pictures of other splits are left out: they are never varied.
 */
export function choosePictures<Picture extends { path: string; group?: string }>(
  pictures: readonly Picture[],
  count: number,
): Picture[] {
  const isTraining = (folder: string): boolean => splitNamed(folder) === 'train';
  // A list says itself which split a picture is in.
  const training = pictures.filter(
    ({ path, group }) => group === undefined && dirname(path).split('/').some(isTraining),
  );
  const folders = new Map<string, Picture[]>();
  for (const picture of training.length > 0 ? training : pictures) {
    const folder = picture.group ?? dirname(picture.path);
    folders.set(folder, [...(folders.get(folder) ?? []), picture]);
  }
  const shown = spread([...folders.values()], count);
  // One more from the first folders until there are enough.
  const quota = shown.map(() => 0);
  let left = Math.min(
    count,
    shown.reduce((sum, folder) => sum + folder.length, 0),
  );
  for (let index = 0; left > 0; index = (index + 1) % shown.length) {
    const taken = quota[index] ?? 0;
    if (taken === shown[index]?.length) continue;
    quota[index] = taken + 1;
    left -= 1;
  }
  return shown.flatMap((folder, index) => spread(folder, quota[index] ?? 0));
}

/** `count` of the items at equal distances, in order. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}
