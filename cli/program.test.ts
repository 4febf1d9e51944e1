import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { checkout } from '../infra/stack.js';
import { everyCommand } from '../test/commands/everyCommand.js';
import { startsStack } from './base/command.js';
import { createProgram, exitCodeOf, runProgram } from './program.js';
import { Interrupted } from './follow/interrupted.js';
import { GraftworkError } from '../contracts/errors.js';

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

function help(command: Command): string {
  return captured(() => command.outputHelp()).stdout;
}

/** What a call writes to stdout, and what it returns. */
function captured<T>(call: () => T): { stdout: string; code: T } {
  const write = process.stdout.write.bind(process.stdout);
  let stdout = '';
  process.stdout.write = (part: string | Uint8Array) => {
    stdout += String(part);
    return true;
  };
  try {
    return { code: call(), stdout };
  } finally {
    process.stdout.write = write;
  }
}

/** What a call that fails writes to stderr, and its exit code. */
async function said(call: readonly string[]): Promise<{ stderr: string; code: number }> {
  const write = process.stderr.write.bind(process.stderr);
  let stderr = '';
  process.stderr.write = (part: string | Uint8Array) => {
    stderr += String(part);
    return true;
  };
  try {
    return { code: await runProgram(createProgram(), call), stderr };
  } finally {
    process.stderr.write = write;
  }
}

test('every command has an example in its help, and --json where it gives an answer', () => {
  for (const { command } of everyCommand(createProgram())) {
    const text = help(command);
    assert.match(text, /Example:\n {2}\$ npx graftwork \S/, command.name());
    // A worker has no answer, only a log.
    if (command.name() !== 'worker') assert.match(text, /--json/, command.name());
  }
});

test('help fits the screen, breaks between words only, and loses none', () => {
  const before = process.env['COLUMNS'];
  const words = (text: string): string[] => text.replaceAll('\\\n', ' ').split(/\s+/);
  try {
    for (const command of all(createProgram())) {
      process.env['COLUMNS'] = '1000';
      const whole = words(help(command)).sort();
      for (const width of [60, 80, 120]) {
        process.env['COLUMNS'] = String(width);
        const text = help(command);
        for (const line of text.split('\n')) assert.ok(line.length <= width, `${command.name()}, ${width}: ${line}`);
        assert.deepEqual(words(text).sort(), whole, command.name());
      }
    }
  } finally {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  }
});

/** The words of the examples in a command's help. */
function examples(command: Command): string[][] {
  const calls =
    help(command)
      .replaceAll(/ \\\n\s*/g, ' ')
      .match(/(?<=\$ npx graftwork )[^>\n]*/g) ?? [];
  return calls.map((call) => (call.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', '')));
}

test('every example, of commands and groups, is a call that is understood', async () => {
  const program = createProgram();
  const called = everyCommand(program).map(({ command }) => command.action(() => undefined));
  for (const command of [program, ...program.commands, ...called]) {
    const calls = examples(command);
    assert.ok(calls.length > 0, command.name());
    for (const call of calls) await program.parseAsync(call, { from: 'user' });
  }
});

test('every command refuses an option it does not have, too many arguments, and to lack what it needs', async () => {
  const program = createProgram();
  const refuses = async (call: string[], code: string | RegExp) =>
    assert.rejects(program.parseAsync(call, { from: 'user' }), { code }, call.join(' '));
  for (const { words, command } of everyCommand(program)) {
    command.action(() => undefined);
    const { registeredArguments: taken, options } = command;
    const [example = []] = examples(command);
    await refuses([...example, '--no-such-option'], 'commander.unknownOption');
    if (!taken.some(({ variadic }) => variadic)) {
      const tooMany = ['one-too-many', ...example.slice(words.length)];
      await refuses([...words, ...taken.map(() => 'x'), ...tooMany], 'commander.excessArguments');
    }
    const needs = taken.some(({ required }) => required) || options.some(({ mandatory }) => mandatory);
    if (needs) await refuses(words, /^commander\.missing/);
  }
});

test('the README names the commands that start the stack: those that call for it', () => {
  const found = everyCommand(createProgram())
    .filter(({ command }) => command.description().includes(startsStack))
    .map(({ words }) => words.join(' '));
  const readme = readFileSync(join(checkout, 'README.md'), 'utf8');
  const [, sentence = ''] = /\*\*Which commands start the stack\.\*\*([^]*?) bring\n/.exec(readme) ?? [];
  const named = [...sentence.matchAll(/`([a-z ]+)`/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), found.sort());

  const folder = join(checkout, 'cli', 'commands');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const callers = files.filter((file) => readFileSync(join(folder, file), 'utf8').includes('ensureStack('));
  assert.deepEqual(
    // `datasetsSync.ts` is of the group `datasets`.
    callers.map((file) => basename(file).replace(/(?:[A-Z].*)?\.ts$/, '')).sort(),
    found.map((name) => name.split(' ')[0]).sort(),
  );
});

test('a mistyped call is sent to the help of its own command', async () => {
  const show = await said(['models', 'show']);
  const unknown = await said(['trian']);
  assert.deepEqual([show.code, unknown.code], [2, 2]);
  assert.match(show.stderr, /See `npx graftwork models show --help`\.\n$/);
  assert.match(unknown.stderr, /See `npx graftwork --help`\.\n$/);
});

test('an option that took the missing argument is named', async () => {
  const call = ['train', '--set', '/tmp/folder'];
  const { stderr, code } = await said(call);
  assert.equal(code, 2);
  assert.match(stderr, /Missing required argument 'source'\. --set took \/tmp\/folder as its value\./);
  assert.doesNotMatch((await said(['train', '--set', 'seed=1'])).stderr, /took/);
});

test('exit codes: the user’s mistake 2, a failure 1, Ctrl-C 130', () => {
  const quiet = { json: false, verbose: false };
  assert.equal(exitCodeOf(new GraftworkError('GW_SOURCE_NOT_FOUND', 'x'), quiet), 2);
  assert.equal(exitCodeOf(new GraftworkError('GW_S3_UNREACHABLE', 'x'), quiet), 1);
  assert.equal(exitCodeOf(new Error('unforeseen'), quiet), 1);
  assert.equal(exitCodeOf(new Interrupted('detached'), quiet), 130);
});

test('a failure under --json is one JSON value on stdout', () => {
  const { stdout, code } = captured(() =>
    exitCodeOf(new GraftworkError('GW_RUN_NOT_FOUND', 'x'), { json: true, verbose: false }),
  );
  assert.equal(code, 2);
  assert.deepEqual(JSON.parse(stdout), { error: { code: 'GW_RUN_NOT_FOUND', message: 'x', remedy: null } });
});
