/** Why nothing is at a path that a person named: there is no such name, or a symbolic link does not lead to anything. */
import { lstat, stat } from 'node:fs/promises';
import { GraftworkError } from '../../contracts/errors.js';

/** @param wanted what should be there, without an article @param remedy where there is no such name */
export async function absentSource(path: string, wanted: string, remedy: string): Promise<GraftworkError> {
  const failure = (message: string, what: string): GraftworkError =>
    new GraftworkError('GW_SOURCE_NOT_FOUND', message, { remedy: what });
  const thrown: unknown = await stat(path).catch((error: unknown) => error);
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ELOOP') {
    return failure(
      `The symbolic links of ${path} lead in a circle.`,
      `Correct the links, or give the ${wanted} itself.`,
    );
  }
  // A link in front of the last name is not looked for.
  const named = await lstat(path.replace(/(?<=.)\/+$/, '')).catch(() => undefined);
  return named?.isSymbolicLink() === true
    ? failure(`${path} is a broken symbolic link.`, `Correct the link, or give the ${wanted} itself.`)
    : failure(`There is no ${wanted} ${path}.`, remedy);
}
