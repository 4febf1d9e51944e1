/** Weights in a file of this machine. */
import { readFile, stat } from 'node:fs/promises';
import { GraftworkError } from '../../contracts/errors.js';
import { FileOnDisk } from './fileOnDisk.js';
import { mostAtOnce, mostWeightBytes, tooLarge } from './limits.js';

/** A file's bytes, or the file itself, open, where one buffer does not hold them. */
export type WeightContent = Buffer | FileOnDisk;

/** @throws GraftworkError GW_WEIGHTS_NOT_FOUND, also for a pipe or a device, which may have no end; GW_WEIGHTS_REFUSED */
export async function readLocalFile(file: string): Promise<WeightContent> {
  try {
    const facts = await stat(file);
    // A device or a pipe may have no end.
    if (!facts.isFile()) {
      throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `${file} is not a regular file, so it has no weights.`, {
        remedy: 'Give the path of one .safetensors or .pth file.',
      });
    }
    if (facts.size > mostWeightBytes) throw tooLarge(file, mostWeightBytes);
    return facts.size > mostAtOnce ? await FileOnDisk.open(file) : await readFile(file);
  } catch (cause) {
    if (cause instanceof GraftworkError) throw cause;
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `The weights file ${file} cannot be read.`, {
      remedy: 'Check the path and its permissions.',
      cause,
    });
  }
}
