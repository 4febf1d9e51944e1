/** Calls and flags that the README and the documentation name, held against the program. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { checkout } from '../infra/stack.js';
import { createProgram } from './program.js';

const pages = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(checkout, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The commands on a page: code of a line of its own, without the comment behind it, and code within a text. */
function codeOf(page: string): string[] {
  const text = readFileSync(join(checkout, page), 'utf8').replaceAll(/\\\n\s*/g, '');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
  return [...blocks.map((line) => line.replace(/ #.*/, '')), ...spans].map((code) => code.replaceAll('\\|', '|'));
}

/** The command that a text begins with, with or without the program's name. */
function commandOf(text: string, program: Command): Command | undefined {
  let at = program;
  for (const word of text.replace(/^(?:npx )?graftwork /, '').split(/[ |]/)) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    at = next;
  }
  return at === program ? undefined : at;
}

function flagsOf(text: string): string[] {
  return text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];
}

function lacking(command: Command, text: string): string[] {
  const group = [command, ...command.commands];
  const known = new Set(group.flatMap(({ options }) => options.map(({ long }) => long)));
  return flagsOf(text).filter((flag) => flag !== '--help' && !known.has(flag));
}

test('every call in the documentation has flags that its command takes', () => {
  const program = createProgram();
  let checked = 0;
  for (const page of pages) {
    for (const code of codeOf(page)) {
      const command = commandOf(code, program);
      if (command === undefined) {
        // A call by the program's whole name has a command.
        if (!/^(?:npx )?graftwork \w/.test(code)) continue;
        assert.deepEqual(flagsOf(code), [], `${page}: ${code}`);
        assert.fail(`${page}: no such command: ${code}`);
      }
      assert.deepEqual(lacking(command, code), [], `${page}: ${code}`);
      checked += 1;
    }
  }
  assert.ok(checked > 100, String(checked));
});

test('each row of the README’s table of commands names flags of its commands', () => {
  const program = createProgram();
  const rows = readFileSync(join(checkout, 'README.md'), 'utf8')
    .split('\n')
    .map((line) => line.replaceAll('\\|', '¦').split('|'));
  let flags = 0;
  for (const [, call = '', does = ''] of rows) {
    const commands = [...call.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => commandOf(code, program) ?? []);
    if (commands.length === 0) continue;
    for (const flag of flagsOf(does)) {
      flags += 1;
      assert.ok(
        commands.some((command) => lacking(command, flag).length === 0),
        `${commands.map((command) => command.name()).join(', ')}: ${flag}`,
      );
    }
  }
  assert.ok(flags > 10, String(flags));
});
