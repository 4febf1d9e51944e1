/** `npm run sbom`: the packages that are shipped, with versions and licences, as CycloneDX, at `.graftwork/sbom.cdx.json`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { home } from '../setup/places.mjs';

const args = ['sbom', '--omit=dev', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
if (status !== 0) {
  process.stderr.write(`sbom: npm could not list the packages:\n${stderr}\n`);
  process.exitCode = 1;
} else {
  const file = join(home, 'sbom.cdx.json');
  mkdirSync(home, { recursive: true });
  writeFileSync(file, stdout);
  process.stdout.write(`sbom: ${JSON.parse(stdout).components.length} packages in ${file}\n`);
}
