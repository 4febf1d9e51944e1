import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checkout } from '../setup/places.mjs';
import { closureOf } from './closure.mjs';
import { codeOfPackage } from './content.mjs';
import { packedManifest } from './manifest.mjs';
import { putManifestAside, restoreManifest } from './ownManifest.mjs';

const own = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));

test('the package is the client alone: no test, no worker, no TensorFlow, no program that only a checkout has', () => {
  const { files, packages } = codeOfPackage();
  assert.ok(files.includes('dist/client/index.js') && files.includes('dist/cli/main.js'));
  assert.deepEqual(
    files.filter((file) => /\.test\.|^dist\/(worker|workflows|test|bench)\/|tensorflow|\.map$/.test(file)),
    // What `worker --help` prints.
    ['dist/worker/flags.js'],
  );
  assert.deepEqual(
    packages.filter((name) => /tensorflow|^@temporalio\/worker$/.test(name)),
    [],
  );
});

test('its manifest has the command, types, pinned dependencies, and no script', () => {
  const content = { files: ['a.js', 'b/c.js', 'b/d.js'], packages: ['zod'] };
  const { bin, exports, dependencies, ...manifest } = packedManifest(own, content);
  assert.deepEqual(bin, { graftwork: 'bin/graftwork.mjs' });
  assert.equal(exports['.'].types, './dist/types/client/index.d.ts');
  assert.deepEqual(dependencies, { zod: own.dependencies.zod });
  assert.deepEqual(manifest.files, ['a.js', 'b/@(c.js|d.js)']);
  assert.deepEqual(Object.keys(manifest).sort(), [
    'description',
    'engines',
    'files',
    'license',
    'name',
    'type',
    'version',
  ]);
  assert.throws(() => packedManifest(own, { files: [], packages: ['left-pad'] }), /left-pad is imported/);
});

test('the checkout’s manifest comes back after a pack that was killed, and is left alone where somebody put it back and edited it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwork-manifest-'));
  const files = { manifest: join(folder, 'package.json'), aside: join(folder, 'home', 'own') };
  const content = () => JSON.parse(readFileSync(files.manifest, 'utf8'));
  try {
    writeFileSync(files.manifest, '{"scripts":{}}');
    putManifestAside({ bin: {} }, files);
    assert.deepEqual(content(), { bin: {} });
    restoreManifest(files);
    assert.deepEqual(content(), { scripts: {} });
    putManifestAside({ bin: {} }, files);
    writeFileSync(files.manifest, '{"scripts":{"new":"1"}}');
    restoreManifest(files);
    restoreManifest(files);
    assert.deepEqual(content(), { scripts: { new: '1' } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test(
  'a pack that fails after prepack, and one that is killed there, leave the checkout’s manifest',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'graftwork-failed-pack-'));
    const files = { manifest: join(folder, 'package.json'), aside: join(folder, 'home', 'own') };
    const module = (/** @type {string} */ name) => JSON.stringify(join(checkout, 'infra', 'package', name));
    const before = `import { putManifestAside } from ${module('ownManifest.mjs')};
    import { guardManifest, npmAbove } from ${module('manifestGuard.mjs')};
    const npm = npmAbove();
    if (npm === undefined) throw new Error('npm is not found');
    const of = ${JSON.stringify(files)};
    putManifestAside({ name: 'packed', version: '1.0.0', bin: {} }, of);
    guardManifest(npm, of);`;
    const ours = JSON.stringify({ name: 'own', version: '1.0.0', scripts: { prepack: 'node before.mjs' } });
    try {
      writeFileSync(join(folder, 'before.mjs'), before);
      writeFileSync(files.manifest, ours);
      for (const how of ['failed', 'killed']) {
        const args = how === 'failed' ? ['--pack-destination', join(folder, 'nowhere')] : [];
        const npm = spawn('npm', ['pack', ...args], { cwd: folder, stdio: 'ignore' });
        if (how === 'killed') {
          while (!existsSync(files.aside)) await delay(10);
          npm.kill('SIGKILL');
        }
        const [code] = await once(npm, 'exit');
        assert.notEqual(code, 0);
        while (existsSync(files.aside)) await delay(10);
        assert.equal(readFileSync(files.manifest, 'utf8'), ours);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('npx finds the checkout’s command in node_modules: its own manifest has none', () => {
  assert.equal(own.bin, undefined);
});

test('npm of version 11 or later runs no install script of a dependency, also when it is called by hand', () => {
  const { packages } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8'));
  const withScripts = Object.keys(packages).filter(
    (path) => packages[path].hasInstallScript && !packages[path].optional,
  );
  assert.deepEqual(
    withScripts.map((path) => path.replace('node_modules/', '')),
    Object.keys(own.allowScripts),
  );
  assert.ok(Object.values(own.allowScripts).every((allowed) => allowed === false));
});

test('imports are followed, those of later, too; a file that is not there is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwork-closure-'));
  try {
    const write = (/** @type {string} */ name, /** @type {string} */ text) => writeFileSync(join(folder, name), text);
    write('a.js', "import './b.js'; import fs from 'node:fs'; const c = () => import('./c.js'); // import './no.js'");
    write('b.js', "export * from '@scope/name/lib/part.js';");
    write('c.js', "import 'plain';");
    assert.deepEqual(closureOf(folder, ['a.js']), {
      files: ['a.js', 'b.js', 'c.js'],
      packages: ['@scope/name', 'plain'],
    });
    write('c.js', "import './gone.js';");
    assert.throws(() => closureOf(folder, ['a.js']), /gone\.js is imported but does not exist/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
