/** What can be said against training on folders before any picture is read. Pure. */
import { GraftworkError } from '../../../contracts/errors.js';
import { quoted } from './className.js';
import type { FolderSource } from './imageFolder.js';

/** @param where the folder's path or address, for the message @throws GraftworkError GW_DATASET_EMPTY, GW_DATASET_INVALID */
export function requireClasses({ candidates, withoutClass, emptyFolders }: FolderSource, where: string): void {
  const classes = new Map<string, number>();
  let most = 0;
  for (let index = 0; index < candidates.length && (classes.size < 2 || most < 2); index += 1) {
    const name = candidates.classNameOf(index);
    const pictures = (classes.get(name) ?? 0) + 1;
    classes.set(name, pictures);
    most = Math.max(most, pictures);
  }
  if (classes.size >= 2 && most >= 2) return;
  if (classes.size >= 2) throw onePictureEach(classes.size, where);
  const [only] = classes.keys();
  const empty = emptyFolders.slice(0, 5).map(quoted).join(', ');
  const loose = `${withoutClass.length} ${withoutClass.length === 1 ? 'file is' : 'files are'} not in a class folder`;
  if (only === undefined && withoutClass.length === 0) {
    throw new GraftworkError(
      'GW_DATASET_EMPTY',
      `There are no pictures at ${where}${empty === '' ? '' : `: ${empty} hold${emptyFolders.length === 1 ? 's' : ''} none`}.`,
      { remedy: 'Put the pictures into one folder per class: ants/1.jpg, bees/2.jpg …' },
    );
  }
  if (only === undefined) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `There are no class folders at ${where}: ${loose}, so nothing says what they show.`,
      {
        remedy:
          'Sort the pictures into one folder per class (ants/1.jpg, bees/2.jpg), or list them with their labels in a CSV or JSONL manifest.',
      },
    );
  }
  const reasons = [
    ...(empty === '' ? [] : [`${empty} hold${emptyFolders.length === 1 ? 's' : ''} none`]),
    ...(withoutClass.length === 0 ? [] : [loose]),
  ];
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `All pictures at ${where} are of one class, ${quoted(only)}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}; a classifier needs at least two classes.`,
    {
      remedy:
        empty === ''
          ? 'Add a folder with pictures of another class.'
          : `Put pictures into ${empty}, or add a folder with pictures of another class.`,
    },
  );
}

/** @param where the images lie */
export function onePictureEach(classes: number, where: string): GraftworkError {
  return new GraftworkError(
    'GW_DATASET_INVALID',
    `Each of the ${classes} classes at ${where} has only one picture (copies count once), so none is left for the test.`,
    { remedy: 'Give each class at least two pictures: one for training, one for the test.' },
  );
}
