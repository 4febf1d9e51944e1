/** What commander says of a call that it does not understand, as the error that all failures are. */
import type { Command, CommanderError } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import { usageText } from '../../contracts/usageText.js';
import { ListOption } from './listOption.js';
import { counted } from '../../client/text/format.js';

/** Help and version, which a person asked for, are no mistakes. */
export function asUsageError(
  error: CommanderError,
  program: Command,
  args: readonly string[],
): CommanderError | GraftworkError {
  if (error.exitCode === 0) return error;
  const { name, command } = calledCommand(program, args);
  const message =
    error.code === 'commander.excessArguments'
      ? tooManyText(name, command, args)
      : `${usageText(error)}${error.code === 'commander.missingArgument' ? takenText(command) : ''}`;
  return new GraftworkError('GW_USAGE', message, { remedy: `See \`${name} --help\`.`, cause: error });
}

/** The word that an option took and that does not look like its value: it may be the argument that is missing. */
function takenText(command: Command): string {
  const values = command.opts<Record<string, unknown>>();
  for (const option of command.options) {
    const words = values[option.attributeName()];
    if (!(option instanceof ListOption) || !Array.isArray(words)) continue;
    const taken = words.map(String).find((word) => !option.takes(word));
    if (taken !== undefined) return ` ${option.long ?? option.flags} took ${taken} as its value.`;
  }
  return '';
}

/** What the command takes and what it got, and the flag without a value that one of the words stands behind. */
function tooManyText(name: string, { registeredArguments, args, options }: Command, words: readonly string[]): string {
  const taken = registeredArguments.map((argument) => ` <${argument.name()}>`).join('');
  const takes = taken === '' ? 'no argument' : `${counted(registeredArguments.length, 'argument')},${taken}`;
  const excess = new Set(args.slice(registeredArguments.length));
  const flag = options.find(
    ({ long, short, required, optional }) =>
      !required && !optional && words.some((word, at) => isFlag(word, long, short) && excess.has(words[at + 1] ?? '')),
  );
  const alone = flag?.long === undefined ? '' : ` ${flag.long} takes no value.`;
  return `\`${name}\` takes ${takes}. It got ${args.length}: ${args.join(' ')}.${alone}`;
}

function isFlag(word: string, long: string | undefined, short: string | undefined): boolean {
  return word === long || word === short;
}

/** The command that the arguments name, as far as there is one, and how it is called: `npx graftwork models list`. */
function calledCommand(program: Command, args: readonly string[]): { name: string; command: Command } {
  let command = program;
  const names = [program.name()];
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (next === undefined) break;
    command = next;
    names.push(arg);
  }
  return { name: names.join(' '), command };
}
