/** What a person reads of pictures of a list that are not there. Pure. */
import { posix } from 'node:path';
import { GraftworkError } from '../../../contracts/errors.js';
import { quoted } from '../folders/className.js';
import { mostShown, type NearPaths } from './nearPaths.js';

export interface MissingPicture {
  path: string;
  /** Of the list, from 1. */
  line: number;
}

/** Texts about the missing pictures of one list. */
export class MissingText {
  private readonly folder: string;

  /** @param list as the person calls it */
  constructor(
    private readonly list: string,
    private readonly near: NearPaths,
  ) {
    const folder = posix.dirname(list);
    this.folder = folder === '.' ? 'its folder' : folder.replace(/^s3:\/(?=[^/])/, 's3://');
  }

  lost(lost: readonly MissingPicture[]): string[] {
    const [first] = lost;
    if (first === undefined) return [];
    if (lost.length > 1) {
      return [
        `${lost.length} pictures of ${this.list} are not ${this.where(lost)}: ${this.examples(lost)}. ${correct(true)}`,
      ];
    }
    const { path, line } = first;
    const near = this.near.nearest(path);
    const instead = near === undefined ? '' : `, but there is ${quoted(near)}`;
    return [
      `${this.list} line ${line}: there is no picture ${quoted(path)} ${this.where(lost)}${instead}. ${correct(false)}`,
    ];
  }

  /** Their names are forgotten, too. */
  forgotten(forgotten: readonly MissingPicture[]): string[] {
    const [first] = forgotten;
    if (first === undefined) return [];
    if (forgotten.length === 1)
      return [`The picture on line ${first.line} of ${this.list} was forgotten and is not used.`];
    return [
      `${forgotten.length} pictures of ${this.list} were forgotten and are not used, the first on line ${first.line}.`,
    ];
  }

  noneFound(lost: readonly MissingPicture[], forgotten: readonly MissingPicture[]): GraftworkError {
    if (lost.length === 0) {
      return new GraftworkError(
        'GW_DATASET_EMPTY',
        `All ${forgotten.length} pictures of ${this.list} were forgotten.`,
        {
          remedy: '`graftwork datasets forgotten` lists what was forgotten, when and why.',
        },
      );
    }
    const near = lost.map(({ path }) => this.near.nearest(path)).find((path) => path !== undefined);
    return new GraftworkError(
      'GW_DATASET_EMPTY',
      `${this.list} names ${lost.length} files, and none of them exists ${this.where(lost)}: ${this.examples(lost)}.`,
      {
        remedy:
          near === undefined
            ? 'Write paths relative to the folder of the list, or s3:// addresses.'
            : `Write paths relative to the folder of the list, for example ${quoted(near)}.`,
      },
    );
  }

  private where(lost: readonly MissingPicture[]): string {
    return lost.some(({ path }) => path.startsWith('s3://')) ? 'there' : `in ${this.folder}`;
  }

  private examples(lost: readonly MissingPicture[]): string {
    const named = lost.slice(0, mostShown).map(({ path, line }) => {
      const near = this.near.nearest(path);
      return `${quoted(path)} (line ${line}${near === undefined ? '' : `; there is ${quoted(near)}`})`;
    });
    return `${named.join(', ')}${lost.length > mostShown ? ` and ${lost.length - mostShown} more` : ''}`;
  }
}

function correct(many: boolean): string {
  return many ? 'Correct these lines, or add the pictures.' : 'Correct the line, or add the picture.';
}
