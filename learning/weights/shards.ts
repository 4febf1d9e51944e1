/** Weights in several files, with an index that says which tensor lies in which: as transformers writes what is large. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import type { NamedArray, NamedArrays } from '../backbones/architecture.js';

/** What the name of an index ends with. */
export const shardIndexSuffix = '.safetensors.index.json';

/** Bytes of an index at most: thousands of names take some hundred KiB. */
export const mostIndexBytes = 4 * 2 ** 20;

/** Far more files than the largest network of the zoo is published in. */
const mostShards = 64;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Names of tensors by the file that has them, relative to the index; in the order of the files' names. */
export type ShardIndex = ReadonlyMap<string, readonly string[]>;

/**
 * @param source what the index is called in an error message
 * @throws GraftworkError GW_WEIGHTS_REFUSED for a file that is no index, or that names a file outside its own folder
 */
export function parseShardIndex(text: string, source: string): ShardIndex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused(source, 'it is not JSON, or ends too early');
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) throw refused(source, 'it has no weight_map from names of tensors to names of files');
  const files = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(parsed.data.weight_map)) {
    // It becomes part of an address or a path, which must not lead elsewhere.
    if (!/^[\w-][\w.-]*\.safetensors$/.test(file)) {
      throw refused(source, `'${tensor}' is said to be in '${file}', which is no .safetensors file beside the index`);
    }
    const others = files.get(file);
    if (others === undefined) files.set(file, [tensor]);
    else others.push(tensor);
  }
  if (files.size === 0) throw refused(source, 'it names no tensor');
  if (files.size > mostShards)
    throw refused(source, `it names ${files.size} files, and at most ${mostShards} are read`);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The name of a file that an index names, from that of the index. */
export function besideIndex(index: string, file: string): string {
  return path.posix.join(path.posix.dirname(index), file);
}

/** One digest for all files: another byte in any of them makes another. @param digests in the order of the files' names */
export function digestOfShards(digests: readonly string[]): string {
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

/**
 * The tensors that an index expects in a file.
 * @param source what the file is called in an error message
 * @throws GraftworkError GW_WEIGHTS_REFUSED naming a tensor that the file does not have
 */
export function expectedIn(arrays: NamedArrays, tensors: readonly string[], source: string): [string, NamedArray][] {
  return tensors.flatMap((name): [string, NamedArray][] => {
    const array = arrays.get(name);
    if (array === undefined) throw refused(source, `the index says that '${name}' is in it, and it is not`);
    return [[name, array]];
  });
}

function refused(source: string, reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `${source} cannot be read: ${reason}.`, {
    remedy: 'Look at the files there. A mirror may have damaged one, and another revision may be sound.',
  });
}
