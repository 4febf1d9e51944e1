import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSpecFile } from './specFile.js';

const folder = mkdtempSync(join(tmpdir(), 'graftwork-spec-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('YAML and JSON say the same', async () => {
  const expected = { name: 'birds', head: { epochs: 3 } };
  assert.deepEqual(await readSpecFile(file('a.yaml', 'name: birds\nhead: {epochs: 3}\n')), expected);
  assert.deepEqual(await readSpecFile(file('a.json', JSON.stringify(expected))), expected);
  assert.deepEqual(await readSpecFile(file('empty.yaml', '')), {});
});

test('mistakes name the file, and the line or the field', async () => {
  await assert.rejects(readSpecFile(join(folder, 'none.yaml')), { code: 'GW_SPEC_INVALID', message: /none\.yaml/ });
  await assert.rejects(readSpecFile(file('broken.yaml', 'name: birds\nhead: [1,\n')), {
    code: 'GW_SPEC_INVALID',
    message: /broken\.yaml:3:1: [^:]*\.$/,
    remedy: 'Correct the YAML in line 3.',
  });
  await assert.rejects(readSpecFile(file('type.yaml', 'head: {epochs: many}')), {
    message: /type\.yaml: head\.epochs: .*number/,
    exitCode: 2,
  });
  await assert.rejects(readSpecFile(file('typo.yaml', 'head: {epoch: 3}')), {
    message: /typo\.yaml: head\.epoch: .*did you mean head\.epochs\?/,
  });
  await assert.rejects(readSpecFile(file('list.yaml', '- 1')), { message: /list\.yaml: the file: / });
  for (const [path, reason] of [
    [folder, 'it is a folder'],
    ['/dev/zero', 'it is not a regular file'],
    [join(folder, 'none.yaml'), 'there is no such file'],
    [join(folder, 'type.yaml', 'x.yaml'), 'a part of its path is a file, not a folder'],
  ] as const) {
    await assert.rejects(readSpecFile(path), {
      code: 'GW_SPEC_INVALID',
      message: `${path} cannot be read: ${reason}.`,
      remedy: /--spec/,
    });
  }
});

test('a file in UTF-16 is read, and one that is no text is refused', async () => {
  const spec = Buffer.from('\ufeffname: birds\r\n', 'utf16le');
  assert.deepEqual(await readSpecFile(file('utf16.yaml', spec)), { name: 'birds' });
  await assert.rejects(readSpecFile(file('photo.yaml', Buffer.from('ffd8ffe000104a46', 'hex'))), {
    code: 'GW_SPEC_INVALID',
    message: /photo\.yaml is not UTF-8 text/,
  });
});

test('aliases that stand for more than memory holds are refused', async () => {
  const tenfold = Array.from({ length: 9 }, (_, level) => {
    const items = Array.from({ length: 10 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
    return `a${level}: &a${level} [${items.join(', ')}]`;
  });
  await assert.rejects(readSpecFile(file('bomb.yaml', tenfold.join('\n'))), {
    code: 'GW_SPEC_INVALID',
    message: /bomb\.yaml: Excessive alias count/,
  });
});
