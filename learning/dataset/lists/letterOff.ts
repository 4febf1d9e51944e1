/** Paths that one slip of the fingers makes of each other. Pure. */

/** In shorter names a letter more is another name: `a` and `ab`. */
const leastLetters = 3;

/**
 * Whether one letter is left out of one of them, or two neighbours are swapped. Digits count things and never slip here:
 * `img_1` and `img_12` are two pictures. Nor does a letter that is replaced: `left_a` and `left_b` are two as well.
 */
export function isLetterOff(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1 || short.length < leastLetters) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const [left, right] = [long[at] ?? '', long[at + 1] ?? ''];
  if (short.length < long.length) return isLetter(left) && short.slice(at) === long.slice(at + 1);
  const isSwapped = short[at] === right && short[at + 1] === left && short.slice(at + 2) === long.slice(at + 2);
  return isSwapped && isLetter(left) && isLetter(right);
}

function isLetter(text: string): boolean {
  return /^\p{L}$/u.test(text);
}
