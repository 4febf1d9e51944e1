import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultHome } from '../../infra/stack.js';
import { emojiPackages, picturesPerVendor, prepareEmojiFolder } from './emojiFolder.js';

const home = defaultHome();
const archives = Object.values(emojiPackages).map(({ name, version }) => join(home, 'demo', `${name}-${version}.tgz`));
const missing = archives.some((path) => !existsSync(path));

test(
  'the emoji set has 478 pictures a vendor in twelve classes, and is made only once',
  { skip: missing && 'the emoji packages are not here yet: npm run demo fetches them' },
  async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'graftwork-emoji-'));
    try {
      for (const path of archives) await cp(path, join(elsewhere, 'demo', path.split('/').at(-1) ?? ''));
      const said: string[] = [];
      const made = await prepareEmojiFolder(elsewhere, (line) => said.push(line));
      assert.equal(made.reused, false);
      for (const split of ['train', 'test']) {
        const classes = readdirSync(join(made.folder, split));
        assert.equal(classes.length, 12);
        const pictures = classes.flatMap((name) => readdirSync(join(made.folder, split, name)));
        assert.equal(pictures.length, picturesPerVendor);
      }
      assert.ok(existsSync(join(made.folder, 'test/mammal/dog.png')));
      assert.equal((await prepareEmojiFolder(elsewhere, () => undefined)).reused, true);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  },
);
