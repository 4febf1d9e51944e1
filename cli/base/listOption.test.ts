import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { everyCommand } from '../../test/commands/everyCommand.js';
import { createProgram } from '../program.js';

/** The arguments and options that a call gives its command. */
async function understood(call: readonly string[]): Promise<{ args: string[]; options: Record<string, unknown> }> {
  const program = createProgram();
  let found: { args: string[]; options: Record<string, unknown> } | undefined;
  for (const { command } of everyCommand(program)) {
    command.action((...given: unknown[]) => {
      const called = given.at(-1) as Command;
      found = { args: called.args, options: called.opts() };
    });
  }
  await program.parseAsync(call, { from: 'user' });
  assert.ok(found !== undefined, call.join(' '));
  return found;
}

const settings = ['head.epochs=3', 'fineTune[0].learningRate=1e-4'];

for (const call of [
  ['train', '--set', ...settings, 'photos/'],
  ['train', 'photos/', '--set', ...settings],
  ['train', '--set', settings[0] ?? '', 'photos/', '--set', settings[1] ?? ''],
  ['train', '--set', ...settings, '--detach', 'photos/'],
  ['rank', '--set', ...settings, 'photos/'],
  ['augment', '--out', 'a.png', '--set', ...settings, 'photos/'],
  ['schedule', 'create', '--name', 'x', '--every', '1d', '--set', ...settings, 'photos/'],
]) {
  test(`the source is found: ${call.join(' ')}`, async () => {
    const { args, options } = await understood(call);
    assert.deepEqual([args, options['set']], [['photos/'], settings]);
  });
}

test('an address with an equals sign is no setting', async () => {
  for (const source of ['s3://bucket/day=1/', './day=1/', '/photos/day=1'])
    assert.deepEqual((await understood(['train', '--set', 'seed=1', source])).args, [source]);
});

test('what stands behind -- is never a setting', async () => {
  assert.deepEqual((await understood(['train', '--set', 'seed=1', '--', 'name=a'])).args, ['name=a']);
});

test('origins of the codec server are collected', async () => {
  const { options } = await understood([
    'codec-server',
    '--ui-origin',
    'http://a',
    'https://b',
    '--ui-origin',
    'http://c',
  ]);
  assert.deepEqual(options['uiOrigin'], ['http://a', 'https://b', 'http://c']);
});

test('no option of a command with arguments is variadic for commander', () => {
  for (const { words, command } of everyCommand(createProgram()))
    if (command.registeredArguments.length > 0)
      for (const { flags, variadic } of command.options) assert.ok(!variadic, `${words.join(' ')} ${flags}`);
});
