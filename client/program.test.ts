import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram, exitCodeOf } from './program.js';
import { Interrupted } from './interrupted.js';
import { GraftworkError } from '../contracts/errors.js';

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

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

test('every command has an example in its help, and --json where it gives an answer', () => {
  for (const command of leaves(createProgram())) {
    if (command.name() === 'worker') continue; // hands its flags, --help too, to the worker program
    const text = help(command);
    assert.match(text, /Example:\n {2}\$ npx graftwork \S/, command.name());
    assert.match(text, /--json/, command.name());
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
