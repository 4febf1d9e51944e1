/** What a figure of folds does not show. Pure. */
const mostNamed = 3;

/** Why all pictures of a class may be in one fold. */
export const inOneFold = 'they are one group, look alike, or there is only one';

/** @param classes whose pictures are all in one fold */
export function unlearntText(classes: readonly string[]): string {
  const more = classes.length > mostNamed ? ', …' : '';
  const names = classes.slice(0, mostNamed).join(', ');
  return `too low, because all pictures of ${names}${more} are in one fold (${inOneFold}), so nothing learns the class without them: add others of it`;
}
