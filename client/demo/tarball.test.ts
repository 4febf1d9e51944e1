import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { filesInTarball } from './tarball.js';

let folder: string;
let archive: Buffer;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'graftwork-tarball-'));
  mkdirSync(join(folder, 'package/img'), { recursive: true });
  writeFileSync(join(folder, 'package/a.json'), '{}');
  writeFileSync(join(folder, 'package/empty'), '');
  writeFileSync(join(folder, 'package/img/b.bin'), Buffer.alloc(1500, 7));
  execFileSync('tar', ['-czf', 'x.tgz', '--format=ustar', 'package'], { cwd: folder });
  archive = readFileSync(join(folder, 'x.tgz'));
});
after(() => rmSync(folder, { recursive: true }));

test('wanted files come out byte for byte, by their path below the root folder', () => {
  const files = [...filesInTarball(archive, (path) => path !== 'a.json')].sort((a, b) => a.path.localeCompare(b.path));
  assert.deepEqual(
    files.map(({ path, bytes }) => [path, bytes.length]),
    [
      ['empty', 0],
      ['img/b.bin', 1500],
    ],
  );
  assert.ok(files[1]?.bytes.every((byte) => byte === 7));
});

test('what is not an archive, or is cut off, is refused', () => {
  assert.throws(() => [...filesInTarball(Buffer.from('hello'), () => true)], { code: 'GW_CORRUPT' });
  const whole = execFileSync('tar', ['-cf', '-', '--format=ustar', 'package/img/b.bin'], { cwd: folder });
  assert.throws(() => [...filesInTarball(gzipSync(whole.subarray(0, 900)), () => true)], { code: 'GW_CORRUPT' });
});
