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

/** A header of one entry, as somebody with ill intent writes it. */
function entry(path: string, size: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(path);
  header.write(size, 124);
  return header;
}

test('an entry that points outside of the archive, or back into it, is refused', () => {
  for (const path of ['package/../../../etc/passwd', 'package/..', 'package//etc/passwd']) {
    const archive = gzipSync(Buffer.concat([entry(path, '0'), Buffer.alloc(1024)]));
    assert.throws(
      () => [...filesInTarball(archive, () => true)],
      { code: 'GW_CORRUPT', message: /points outside/ },
      path,
    );
  }
  const back = gzipSync(Buffer.concat([entry('package/a', '-1000'), Buffer.alloc(1024)]));
  assert.throws(() => [...filesInTarball(back, () => true)], { code: 'GW_CORRUPT', message: /cut off/ });
});

test('an archive that unpacks to far more than it is is not unpacked', () => {
  const bomb = gzipSync(Buffer.alloc(2 ** 20));
  assert.ok(bomb.length < 2_000);
  assert.throws(() => [...filesInTarball(bomb, () => true, 2 ** 19)], {
    code: 'GW_CORRUPT',
    message: /unpacks to more/,
  });
});

test('what is not an archive, or is cut off, is refused', () => {
  assert.throws(() => [...filesInTarball(Buffer.from('hello'), () => true)], { code: 'GW_CORRUPT' });
  const whole = execFileSync('tar', ['-cf', '-', '--format=ustar', 'package/img/b.bin'], { cwd: folder });
  assert.throws(() => [...filesInTarball(gzipSync(whole.subarray(0, 900)), () => true)], { code: 'GW_CORRUPT' });
});
