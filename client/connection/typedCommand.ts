/** The command's name as the person in front of this process can type it. Texts in the sources call it `npx graftwork`. */
import { basename, delimiter, dirname, relative } from 'node:path';
import { inShell } from '../../contracts/inShell.js';

interface Call {
  /** The program as it was called: `process.argv[1]`. */
  program: string | undefined;
  cwd: string;
  variables: NodeJS.ProcessEnv;
}

/**
 * `npx graftwork` where npm began this process, and for the library; `graftwork` where that is on PATH; else the path of the
 * program that was called: elsewhere npx would ask a registry for the name. Pure.
 */
export function typedCommand({ program = '', cwd, variables }: Call): string {
  const name = basename(program);
  const isCommand = name === 'graftwork' || name === 'graftwork.mjs';
  if (!isCommand || variables.npm_command !== undefined) return 'npx graftwork';
  if ((variables.PATH ?? '').split(delimiter).includes(dirname(program))) return name;
  const below = relative(cwd, program);
  return inShell(below.startsWith('..') ? program : `./${below}`);
}

/** A text with the command's name in it as `command` says. Pure. */
export function withCommand(text: string, command: string): string {
  return text.replace(/\bnpx graftwork(?= )|(?<=`)graftwork(?= )/g, () => command);
}

/** A text for the person in front of this process. */
export function asTyped(text: string): string {
  return withCommand(text, typedCommand({ program: process.argv[1], cwd: process.cwd(), variables: process.env }));
}
