/** What every command has in common. */
import { InvalidArgumentError, type Command } from 'commander';
import { screenWidth } from '../terminal/screen.js';
import { foldedText, harmless } from '../terminal/words.js';
import { asTyped } from '../../client/connection/typedCommand.js';
import { GraftworkCommand } from './listOption.js';

export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
}

/** What commands take that are about a run. */
export const runArgument = 'id of a run or a tick, or its model: name, name@version';

/** A command with `--json`, `--verbose` and an example in its help. */
export function createCommand(name: string, description: string, example: string): Command {
  const command = quiet(new GraftworkCommand(name))
    .description(description)
    .option('--json', 'print exactly one JSON value on stdout')
    .option('--verbose', 'show the stack trace of a failure')
    .addHelpText('after', exampleText(example));
  examples.set(command, example);
  return command;
}

/** A command that brings pictures or work in, and starts the embedded stack for that: see `ensureStack`. No other does. */
export function createWorkCommand(name: string, description: string, example: string): Command {
  return createCommand(name, `${description} ${startsStack}`, example);
}

export const startsStack = 'Starts the embedded stack if one is needed and none is running.';

/** What shows each command, in its own help and in that of its group. */
const examples = new WeakMap<Command, string>();

const exampleText = (example: string): string => `\nExample:\n  $ npx graftwork ${example}`;

/** A command that only holds others: `models list`, `models show`. */
export function createGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = quiet(new GraftworkCommand(name)).description(description);
  for (const command of commands) group.addCommand(command);
  const [first] = commands.flatMap((command) => examples.get(command) ?? []);
  return first === undefined ? group : group.addHelpText('after', exampleText(first));
}

/** Columns of help that nobody looks at on a screen. */
const usualHelpWidth = 80;
/** Columns beside the names of options below which commander does not fold what is said of them. */
const leastHelpText = 16;

/**
 * Commander's own messages and exits become exceptions, so that usage errors look like all others. Help fits the screen: what
 * commander leaves too wide, examples say, is folded as well.
 */
export function quiet(command: Command): Command {
  const helpWidth = (): number => (screenWidth() === Infinity ? usualHelpWidth : screenWidth());
  return command
    .exitOverride()
    .configureHelp({ minWidthToWrap: leastHelpText })
    .configureOutput({
      outputError: () => undefined,
      getOutHelpWidth: helpWidth,
      writeOut: (help) => process.stdout.write(foldedText(asTyped(help), helpWidth())),
    });
}

/** The command's one answer on stdout: JSON when asked for, else text that fits the screen. */
export function answer(options: CommonOptions, value: unknown, text: () => string): void {
  const shown = options.json === true ? JSON.stringify(value, null, 2) : foldedText(asTyped(text()), screenWidth());
  process.stdout.write(`${shown}\n`);
}

/** Logs and progress go to stderr, so that stdout holds the answer only. */
export function say(line: string): void {
  process.stderr.write(`${foldedText(harmless(asTyped(line)), screenWidth(process.stderr))}\n`);
}

/** An option's value as a whole number of at least `least` and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
    throw new InvalidArgumentError(`Give a whole number: ${range}.`);
  };
}
