/**
 * Names as people who know a network write them (`layer4.2`, `features.24-30`, `Mixed_7`, `*.bn?.weight`), matched against
 * the parameters' torch names.
 */

/**
 * Whether a parameter is meant. Pure.
 *
 * - `*` stands for any text and `?` for one character: `layer4.*`, `features.2?.bias`; the whole name must fit, or a module
 *   the parameter is in (`layer*.conv3` means its weight).
 * - A range of numbers or of letters at the end of a module: `features.24-30`, `layer3-4`, `Mixed_7a-c`, `blocks.4-6.*`.
 * - Otherwise a module (`features.18`), a parameter, or the common beginning of modules that differ in a letter (`Mixed_7`).
 */
export function parameterPattern(pattern: string): (parameter: string) => boolean {
  const trimmed = pattern.replace(/\.\*?$/, '');
  const modules = modulesOf(trimmed) ?? [trimmed];
  const expressions = modules.map((module) => new RegExp(`^${source(module)}[a-z]?(\\.|$)`));
  // A trailing star of its own, as in `layer4*`, swallows whatever follows; nothing but the end is left to find.
  const whole = new RegExp(`^${source(pattern)}$`);
  return (parameter) => whole.test(parameter) || expressions.some((expression) => expression.test(parameter));
}

/** `features.24-26` becomes `features.24`, `features.25`, `features.26`. */
function modulesOf(name: string): string[] | undefined {
  const numbers = /^(.*?)(\d+)-(\d+)$/.exec(name);
  if (numbers) return series(numbers[1] as string, Number(numbers[2]), Number(numbers[3]), String);
  const letters = /^(.*\d)([a-z])-([a-z])$/.exec(name);
  if (!letters) return undefined;
  const code = (index: number): number => (letters[index] as string).charCodeAt(0);
  return series(letters[1] as string, code(2), code(3), (letter) => String.fromCharCode(letter));
}

/** No network has more modules in a row; a mistyped range must not become a million names. */
const most = 1000;

function series(prefix: string, from: number, to: number, text: (value: number) => string): string[] {
  const length = Math.min(most, Math.max(0, to - from + 1));
  return Array.from({ length }, (_, index) => prefix + text(from + index));
}

/**
 * What stands between two stars is taken where it first occurs, for good: that leaves most for the last star, and nothing is
 * tried twice, however many stars there are.
 */
function source(glob: string): string {
  const [first = '', ...others] = glob.split(/\*+/).map(literal);
  const last = others.pop();
  const between = others.map((text, index) => `(?=(?<star${index}>.*?${text}))\\k<star${index}>`);
  return first + between.join('') + (last === undefined ? '' : `.*${last}`);
}

const literal = (text: string): string => text.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.');
