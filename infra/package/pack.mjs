/**
 * What npm calls around `npm pack`:
 *
 *   node infra/package/pack.mjs before   sets up, writes the types, and puts the package's manifest in the checkout's place
 *   node infra/package/pack.mjs after    puts the checkout's manifest back; where npm does not come to it, a guard does
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../setup/places.mjs';
import { setup } from '../setup/setup.mjs';
import { SetupError } from '../setup/setupError.mjs';
import { packageContent, writeTypes } from './content.mjs';
import { packedManifest } from './manifest.mjs';
import { guardManifest, npmAbove } from './manifestGuard.mjs';
import { putManifestAside, restoreManifest } from './ownManifest.mjs';

async function before() {
  const npm = npmAbove();
  await setup();
  await writeTypes();
  const own = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  const packed = packedManifest(own, packageContent());
  putManifestAside(packed);
  if (npm !== undefined) guardManifest(npm);
}

try {
  if (process.argv[2] === 'after') restoreManifest();
  else await before();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nnot packed: ${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
