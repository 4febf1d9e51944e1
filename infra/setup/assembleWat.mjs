/** WebAssembly's text beside the sources (`.wat`) to modules beside their scripts in dist/ (`.wasm`). */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import loadWabt from 'wabt';
import { checkout, places } from './places.mjs';

const wabt = await loadWabt();
for (const file of readdirSync(join(checkout, 'learning'), { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.wat')) continue;
  const source = join('learning', file);
  const parsed = wabt.parseWat(source, readFileSync(join(checkout, source)), { simd: true });
  const target = join(places.dist, source.replace(/\.wat$/, '.wasm'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, parsed.toBinary({}).buffer);
  parsed.destroy();
}
