/** Where people read: every text, and where it stands. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import ts from 'typescript';
import { createProgram } from '../../cli/program.js';
import { checkout } from '../../infra/stack/checkout.js';

export interface Text {
  /** A file relative to the checkout, or a command. */
  place: string;
  /** Of its first line, where the place is a file. */
  line?: number;
  text: string;
}

/** Folders of sources whose strings are shown to a person. */
const rooms = [
  'activities',
  'bin',
  'bench',
  'cli',
  'client',
  'codec',
  'contracts',
  'infra',
  'learning',
  'storage',
  'telemetry',
  'worker',
  'workflows',
];

/** What is not the checkout's own, or is made from it. */
const foreign = new Set(['.git', '.graftwork', 'dist', 'node_modules']);

/** Files of the checkout, relative to it. */
function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(checkout, folder), { withFileTypes: true })
    .filter(({ name }) => !foreign.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path, ending);
      return ending.test(path) ? [path] : [];
    });
}

export function markdownFiles(): string[] {
  return filesBelow('', /\.md$/);
}

export function textOfFile(path: string): string {
  return readFileSync(join(checkout, path), 'utf8');
}

/** Descriptions of commands, of their arguments and of their options. */
export function helpTexts(): Text[] {
  return helpOf(createProgram(), []);
}

function helpOf(command: Command, above: readonly string[]): Text[] {
  const names = [...above, command.name()];
  const place = names.join(' ');
  return [
    { place, text: command.description() },
    ...command.registeredArguments.map((one) => ({ place: `${place} <${one.name()}>`, text: one.description })),
    ...command.options.map((one) => ({ place: `${place} ${one.long ?? one.flags}`, text: one.description })),
    ...command.commands.flatMap((child) => helpOf(child, names)),
  ];
}

/** Doc comments in code blocks of a generated page. */
export function commentsOfCode(page: string): Text[] {
  return [...textOfFile(page).matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(({ 1: comment = '', index }) => ({
    place: page,
    line: textOfFile(page).slice(0, index).split('\n').length,
    text: comment.replace(/^\s*\*? ?/gm, ''),
  }));
}

/** Strings of the sources that read like sentences: messages, remedies, and what is printed. */
export function messages(): Text[] {
  const files = rooms.flatMap((room) => filesBelow(room, /(?<!\.test|\.d)\.(ts|mjs)$/));
  return files.flatMap((place) => {
    const tree = ts.createSourceFile(place, textOfFile(place), ts.ScriptTarget.Latest);
    const found: Text[] = [];
    const visit = (node: ts.Node): void => {
      const text = stringOf(node);
      if (text === undefined) return ts.forEachChild(node, visit);
      const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
      if (isProse(text)) found.push({ place, line, text });
      if (!ts.isStringLiteralLike(node)) ts.forEachChild(node, (child) => ts.forEachChild(child, visit));
    };
    visit(tree);
    return found;
  });
}

/** A string as it is written, with `…` for each value in it; strings that are added are one. */
function stringOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(({ literal }) => `…${literal.text}`)].join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const sides = [node.left, node.right].map(stringOf);
    return sides.every((side) => side === undefined) ? undefined : sides.map((side) => side ?? '…').join('');
  }
  return undefined;
}

/** At least three words, and no program. */
function isProse(text: string): boolean {
  return /^[^{}<>=$]*$/.test(text.replace(/`[^`]*`/g, '')) && text.trim().split(/\s+/).length >= 3;
}
