/** The checkout's package.json, which gives its place to the package's while npm packs. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout, home } from '../setup/places.mjs';

export const manifestPlaces = { manifest: join(checkout, 'package.json'), aside: join(home, 'package.json.own') };

/** @param {object} packed written in its place, until {@link restoreManifest} @param {typeof manifestPlaces} of */
export function putManifestAside(packed, of = manifestPlaces) {
  restoreManifest(of);
  const { manifest, aside } = of;
  mkdirSync(dirname(aside), { recursive: true });
  copyFileSync(manifest, `${aside}.new`);
  renameSync(`${aside}.new`, aside);
  writeFileSync(`${manifest}.new`, `${JSON.stringify(packed, null, 2)}\n`);
  renameSync(`${manifest}.new`, manifest);
}

/**
 * Also after a pack that was killed half-way. Where the checkout's own is in place again, by git say, it stays as it is.
 * @param {typeof manifestPlaces} of
 */
export function restoreManifest({ manifest, aside } = manifestPlaces) {
  if (!existsSync(aside)) return;
  if (!existsSync(manifest) || isPacked(readFileSync(manifest, 'utf8'))) {
    copyFileSync(aside, `${manifest}.new`);
    renameSync(`${manifest}.new`, manifest);
  }
  rmSync(aside, { force: true });
}

/** Only the package's manifest has a `bin`. @param {string} text */
function isPacked(text) {
  return 'bin' in JSON.parse(text);
}
