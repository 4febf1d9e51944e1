/**
 * Indices in rising order of their values, by a bitonic sorting network (Batcher 1968) in which equal values keep their places. That
 * is the order in which vectorised sorts (numpy's argsort of up to 256 numbers) leave equal values. So a choice among equals falls as
 * it does there. Pure.
 */
export function bitonicOrder(values: readonly number[]): number[] {
  let lanes = 8;
  while (lanes < values.length) lanes *= 2;
  const sorted = Array.from({ length: lanes }, (_, index) => ({ index, value: values[index] ?? Infinity }));
  const exchange = (a: number, b: number): void => {
    const [left, right] = [sorted[a]!, sorted[b]!];
    if (left.value > right.value) [sorted[a], sorted[b]] = [right, left];
  };
  for (let block = 2; block <= lanes; block *= 2) {
    // Each half of a block is sorted: the second one backwards meets the first, then ever smaller halves meet.
    for (let i = 0; i < lanes; i++) if (i % block < block / 2) exchange(i, i - 2 * (i % block) + block - 1);
    for (let half = block / 4; half >= 1; half /= 2) {
      for (let i = 0; i < lanes; i++) if (i % (2 * half) < half) exchange(i, i + half);
    }
  }
  return sorted.flatMap(({ index }) => (index < values.length ? [index] : []));
}
