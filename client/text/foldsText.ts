/** What a figure of folds does not show. Pure. */
const mostNamed = 3;

/** @param classes whose pictures are all in one fold */
export function unlearntText(classes: readonly string[]): string {
  const more = classes.length > mostNamed ? ', …' : '';
  const names = classes.slice(0, mostNamed).join(', ');
  return `too low, because all pictures of ${names}${more} are kept together, so nothing learns the class without them`;
}
