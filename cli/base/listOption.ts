/** Options that take several words, `--set a=1 b=2`, and leave the arguments of their command alone. */
import { Command, Option, type ParseOptionsResult } from 'commander';

/**
 * An option whose words are collected. Commander's own variadic options take every word up to the next flag, so a source that
 * stands behind one would be lost.
 */
export class ListOption extends Option {
  /**
   * @param flags `--set <path=value...>`
   * @param takes whether a further word belongs to the option. Its first one does in any case.
   */
  constructor(
    flags: string,
    description: string,
    readonly takes: (word: string) => boolean,
  ) {
    super(flags, description);
    this.variadic = false;
    this.argParser((word: string, before: string[] = []) => [...before, word]);
  }
}

/** A command whose arguments are found wherever they stand. */
export class GraftworkCommand extends Command {
  override parseOptions(words: string[]): ParseOptionsResult {
    return super.parseOptions(spelledOut(words, this.options));
  }
}

/** `--set a=1 b=2 photos/` as `--set a=1 --set b=2 photos/`. Pure. */
export function spelledOut(words: readonly string[], options: readonly Option[]): string[] {
  const result: string[] = [];
  let list: ListOption | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') return [...result, ...words.slice(index)];
    if (list?.takes(word) === true) {
      result.push(list.long ?? '', word);
      continue;
    }
    result.push(word);
    list = options.find((option): option is ListOption => option instanceof ListOption && option.long === word);
    if (list === undefined || index + 1 === words.length) continue;
    // The word behind the flag is the option's, whatever it is.
    index += 1;
    result.push(words[index] ?? '');
  }
  return result;
}
