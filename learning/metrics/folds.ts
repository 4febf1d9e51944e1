/** Folds of pictures: each fold is held out once, and the others train. Pure. */

/**
 * Each fold has every n-th picture of each class, as far as that keeps together what belongs together: larger groups choose first, the
 * fold with the fewest pictures of their classes.
 *
 * @param together for each picture, the first one of what it belongs to @default each is alone
 * @returns the fold of each picture, 0 … `folds` − 1
 */
export function foldsOf(labels: ArrayLike<number>, folds: number, together?: ArrayLike<number>): number[] {
  const groups = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index += 1) {
    const first = together?.[index] ?? index;
    const own = groups.get(first);
    if (own === undefined) groups.set(first, [index]);
    else own.push(index);
  }
  const counts = Array.from({ length: folds }, () => new Map<number, number>());
  const foldOf = new Array<number>(labels.length).fill(0);
  for (const members of [...groups.values()].sort((a, b) => b.length - a.length)) {
    const crowd = counts.map((count) =>
      members.reduce((sum, index) => sum + (count.get(labels[index] as number) ?? 0), 0),
    );
    const fold = crowd.indexOf(crowd.reduce((least, one) => Math.min(least, one)));
    for (const index of members) {
      const label = labels[index] as number;
      counts[fold]?.set(label, (counts[fold].get(label) ?? 0) + 1);
      foldOf[index] = fold;
    }
  }
  return foldOf;
}
