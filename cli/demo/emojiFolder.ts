/** Makes the demo's ImageFolder: train/<class>/… in Google's hand, test/<class>/… in Twitter's. */
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { chooseEmoji, emojiCatalogueSchema } from './emojiClasses.js';
import { fetchPackage } from './npmPackage.js';
import type { PinnedPackage } from './npmPackage.js';
import { filesInTarball } from './tarball.js';

type Vendor = 'google' | 'twitter';

export const emojiPackages: Record<Vendor, PinnedPackage> = {
  google: {
    name: 'emoji-datasource-google',
    version: '16.0.0',
    integrity: 'sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==',
  },
  twitter: {
    name: 'emoji-datasource-twitter',
    version: '16.0.0',
    integrity: 'sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==',
  },
};

const splitOf: Record<Vendor, 'train' | 'test'> = { google: 'train', twitter: 'test' };

/** Pictures each vendor contributes; another number means that the catalogue is not the one this code was made for. */
export const picturesPerVendor = 478;

const attribution = `The pictures in emoji/ come from the npm packages emoji-datasource-google and emoji-datasource-twitter 16.0.0
(Cal Henderson, MIT). emoji/train: Noto Emoji, Google, Apache License 2.0.
emoji/test: Twemoji, Twitter, Inc and other contributors, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/).
`;

/**
 * The folder of the emoji set below `home`, made if it is not there. It is filled beside its place and moved there in
 * one step, so a folder that exists is complete.
 *
 * @param home Graftwork's own folder.
 * @throws GraftworkError as {@link fetchPackage} does.
 */
export async function prepareEmojiFolder(
  home: string,
  say: (line: string) => void,
): Promise<{ folder: string; reused: boolean }> {
  const root = join(home, 'demo');
  const folder = join(root, 'emoji');
  if (await exists(folder)) return { folder, reused: true };

  await mkdir(root, { recursive: true });
  const staging = `${folder}.partial`;
  await rm(staging, { recursive: true, force: true });
  for (const vendor of ['google', 'twitter'] as const) {
    const archive = await fetchPackage(emojiPackages[vendor], root, say);
    await unpackPictures(await readFile(archive), vendor, staging);
  }
  await writeFile(join(root, 'ATTRIBUTION.txt'), attribution);
  await rename(staging, folder);
  return { folder, reused: false };
}

async function unpackPictures(archive: Buffer, vendor: Vendor, target: string): Promise<void> {
  const [catalogue] = filesInTarball(archive, (path) => path === 'emoji.json');
  if (catalogue === undefined)
    throw new GraftworkError('GW_CORRUPT', `${emojiPackages[vendor].name} has no emoji.json.`);
  const chosen = chooseEmoji(emojiCatalogueSchema.parse(JSON.parse(catalogue.bytes.toString('utf8'))));
  const places = new Map(
    chosen.map((emoji) => [`img/${vendor}/64/${emoji.image}`, join(splitOf[vendor], emoji.class, emoji.file)]),
  );

  let written = 0;
  for (const { path, bytes } of filesInTarball(archive, (candidate) => places.has(candidate))) {
    const file = join(target, places.get(path) ?? '');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    written++;
  }
  if (written !== picturesPerVendor) {
    throw new GraftworkError(
      'GW_CORRUPT',
      `${emojiPackages[vendor].name} has ${written} of ${picturesPerVendor} pictures.`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
