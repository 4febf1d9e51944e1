/** What every command has in common. */
import { Command, InvalidArgumentError } from 'commander';

export interface CommonOptions {
  json?: boolean;
  verbose?: boolean;
}

/** A command with `--json`, `--verbose` and an example in its help. */
export function createCommand(name: string, description: string, example: string): Command {
  return quiet(new Command(name))
    .description(description)
    .option('--json', 'print exactly one JSON value on stdout')
    .option('--verbose', 'show the stack of a failure')
    .addHelpText('after', `\nExample:\n  $ graftwork ${example}`);
}

/** A command that only holds others: `models list`, `models show`. */
export function createGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = quiet(new Command(name)).description(description);
  for (const command of commands) group.addCommand(command);
  return group.addHelpText('after', `\nExample:\n  $ graftwork ${name} ${commands[0]?.name() ?? ''}`);
}

/** Commander's own messages and exits become exceptions, so that usage errors look like all others. */
export function quiet(command: Command): Command {
  return command.exitOverride().configureOutput({ outputError: () => undefined });
}

/** The command's one answer on stdout: JSON when asked for, else text. */
export function answer(options: CommonOptions, value: unknown, text: () => string): void {
  process.stdout.write(`${options.json === true ? JSON.stringify(value, null, 2) : text()}\n`);
}

/** Logs and progress go to stderr, so that stdout holds the answer only. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** An option's value as a whole number of at least `least` and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
    throw new InvalidArgumentError(`It is no whole number of ${range}.`);
  };
}
