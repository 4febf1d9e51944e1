/** What columns of a list are called, and which of them is meant. Pure. */
import { quoted } from '../folders/className.js';
import { invalidList } from './invalidList.js';

export interface Column {
  /** The usual names, for messages. */
  usual: string;
  /** Our own names, in lower case. Of several in one row the first with a value counts. */
  own: readonly string[];
  /**
   * Names that other tools use, in groups. They count where a list has none of the names before them, and of a group it may
   * have only one.
   */
  others: readonly (readonly string[])[];
}

export const pathColumn: Column = {
  usual: 'path, filename or image',
  own: ['path', 'uri', 'image'],
  others: [
    ['filename', 'file', 'file_name', 'filepath', 'file_path', 'image_path', 'image_name', 'img', 'img_path'],
    ['image_id', 'id'],
  ],
};

export const labelColumn: Column = {
  usual: 'label, class or category',
  own: ['label', 'class'],
  others: [['category', 'target', 'class_name', 'label_name']],
};

/** Of a multi-label list: all labels of the picture. */
export const labelsColumn: Column = { usual: 'labels', own: ['labels'], others: [] };

/** What says the labels of a picture, of either task. */
export const anyLabelColumn: Column = {
  ...labelColumn,
  own: [...labelColumn.own, ...labelsColumn.own],
};

export const splitColumn: Column = { usual: 'split', own: ['split'], others: [] };

export const groupColumn: Column = { usual: 'group', own: ['group'], others: [['group_id']] };

/** Whether one of these names is the column's. */
export function hasColumn(names: readonly string[], { own, others }: Column): boolean {
  return [own, ...others].some((group) => group.some((name) => names.includes(name)));
}

/**
 * A name of the column that two columns of a table have, where that name counts.
 * @param names of all columns, in lower case
 */
export function nameOfTwo(names: readonly string[], { own, others }: Column): string | undefined {
  const counts = [own, ...others].find((group) => group.some((name) => names.includes(name)));
  return counts?.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
}

/**
 * A row's value in that column; undefined where there is none.
 * @param fields by the names of the columns, in lower case
 * @throws GraftworkError GW_MANIFEST_INVALID naming two columns that may be meant
 */
export function valueOf(
  fields: Readonly<Record<string, string>>,
  { own, others }: Column,
  where: string,
): string | undefined {
  const present = (names: readonly string[]): string[] => names.filter((name) => Object.hasOwn(fields, name));
  const mine = present(own);
  if (mine.length > 0) return mine.map((name) => fields[name]).find((value) => value !== '');
  const [[meant, rival] = []] = others.map(present).filter((names) => names.length > 0);
  if (meant === undefined) return undefined;
  if (rival === undefined) return fields[meant] === '' ? undefined : fields[meant];
  throw invalidList(
    where,
    `both ${quoted(meant)} and ${quoted(rival)} may be the column ${quoted(own[0] ?? '')}`,
    `Rename the column that you mean to \`${own[0] ?? ''}\`.`,
  );
}
