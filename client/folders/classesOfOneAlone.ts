/** Classes that only one of two models knows: a comparison on the same pictures says nothing about them. Pure. */

export interface ClassesOfOneAlone {
  onlyFirst: string[];
  onlySecond: string[];
}

export function classesOfOneAlone(first: readonly string[], second: readonly string[]): ClassesOfOneAlone {
  const [ofFirst, ofSecond] = [new Set(first), new Set(second)];
  return {
    onlyFirst: first.filter((name) => !ofSecond.has(name)),
    onlySecond: second.filter((name) => !ofFirst.has(name)),
  };
}

/** `ants, bees and 3 more` */
export function someClasses(classes: readonly string[], most = 10): string {
  const more = classes.length - most;
  return `${classes.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
