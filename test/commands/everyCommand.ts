/** The commands as they are called, also those of groups: for tests of what all of them have in common. */
import type { Command } from 'commander';

export interface CalledCommand {
  /** `models`, `list`. */
  words: string[];
  command: Command;
}

export function everyCommand(program: Command, above: readonly string[] = []): CalledCommand[] {
  return program.commands.flatMap((command) => {
    const words = [...above, command.name()];
    return command.commands.length === 0 ? [{ words, command }] : everyCommand(command, words);
  });
}
