import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../../infra/stack.js';
import { createProgram } from '../../cli/program.js';
import { typedCommand, withCommand } from './typedCommand.js';

const call = (program: string | undefined, variables: NodeJS.ProcessEnv = {}): string =>
  typedCommand({ program, cwd: '/srv/project', variables: { PATH: '/usr/bin:/usr/local/bin', ...variables } });

test('the command is named as it can be typed: by npx, by PATH, or by its path', () => {
  const npx = { npm_command: 'exec', PATH: '/srv/project/node_modules/.bin:/usr/bin' };
  assert.equal(call('/srv/project/node_modules/.bin/graftwork', npx), 'npx graftwork');
  assert.equal(call('/srv/project/dist/client/demo.js', { npm_command: 'run-script' }), 'npx graftwork');
  assert.equal(call('/srv/project/my-program.js'), 'npx graftwork');
  assert.equal(call(undefined), 'npx graftwork');
  assert.equal(call('/usr/local/bin/graftwork'), 'graftwork');
  assert.equal(call('/srv/project/bin/graftwork.mjs'), './bin/graftwork.mjs');
  assert.equal(call('/srv/check out/bin/graftwork.mjs'), "'/srv/check out/bin/graftwork.mjs'");
});

test('texts of every room name it so; other uses of the word stay', () => {
  const text = 'See `graftwork show r`, or npx graftwork runs; graftwork the word, s3://graftwork/photos, `graftwork`.';
  assert.equal(
    withCommand(text, './gw'),
    'See `./gw show r`, or ./gw runs; graftwork the word, s3://graftwork/photos, `graftwork`.',
  );
});

test('no text calls the command in a way that cannot be typed', () => {
  const names = createProgram().commands.map((command) => command.name());
  const bare = new RegExp(String.raw`(?<!npx |[\`/])\bgraftwork (?:${names.join('|')})\b`);
  const rooms = [
    'activities',
    'cli',
    'client',
    'codec',
    'contracts',
    'infra',
    'learning',
    'storage',
    'worker',
    'workflows',
  ];
  const found = rooms
    .flatMap((room) =>
      readdirSync(join(checkout, room), { recursive: true, encoding: 'utf8' }).map((at) => join(room, at)),
    )
    .filter((file) => /(?<!\.test)\.(ts|mjs)$/.test(file))
    .flatMap((file) =>
      readFileSync(join(checkout, file), 'utf8')
        .split('\n')
        .map((line) => `${file}: ${line.trim()}`),
    )
    .filter((line) => bare.test(line) && !/: (\*|\/\/|\/\*\*)/.test(line) && !line.includes("traced('graftwork"));
  assert.deepEqual(found, []);
});
