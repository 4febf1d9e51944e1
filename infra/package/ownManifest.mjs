/** The checkout's package.json, which gives its place to the package's while npm packs. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync, copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout, home } from '../setup/places.mjs';

const manifest = join(checkout, 'package.json');
const aside = join(home, 'package.json.own');

/** @param {object} packed written in its place, until {@link restoreManifest} */
export function putManifestAside(packed) {
  restoreManifest();
  mkdirSync(dirname(aside), { recursive: true });
  copyFileSync(manifest, `${aside}.new`);
  renameSync(`${aside}.new`, aside);
  writeFileSync(`${manifest}.new`, `${JSON.stringify(packed, null, 2)}\n`);
  renameSync(`${manifest}.new`, manifest);
}

/** Also after a pack that was killed half-way. Does nothing where the checkout's own is in place. */
export function restoreManifest() {
  if (!existsSync(aside)) return;
  copyFileSync(aside, `${manifest}.new`);
  renameSync(`${manifest}.new`, manifest);
  rmSync(aside);
}
