/** A classifier that begins with what another one knows of the classes they share. Pure. */
import type { Backbone, NamedArrays } from '../../backbones/architecture.js';
import { initialHead } from './initialHead.js';

/**
 * The rows of `earlier`'s classifier for the classes that stay; those of new classes are zeros, as in a new head: no score but
 * what the bias of others leaves them.
 *
 * @param rows for each class its index in the earlier classifier; null for a new one
 * @throws RangeError when the earlier parameters have no classifier of this backbone's width
 */
export function reusedHead(backbone: Backbone, earlier: NamedArrays, rows: readonly (number | null)[]): NamedArrays {
  const head = initialHead(backbone, rows.length);
  const { classifierName, featureSize } = backbone;
  for (const [kind, width] of [
    ['weight', featureSize],
    ['bias', 1],
  ] as const) {
    const name = `${classifierName}.${kind}`;
    const from = earlier.get(name);
    const to = head.get(name);
    const count = (from?.data.length ?? 0) / width;
    if (from === undefined || to === undefined || !Number.isInteger(count)) {
      throw new RangeError(`${name}: there is no classifier of ${featureSize} features`);
    }
    for (const [row, earlierRow] of rows.entries()) {
      if (earlierRow === null) continue;
      if (earlierRow >= count) throw new RangeError(`${name}: there is no row ${earlierRow}`);
      to.data.set(from.data.subarray(earlierRow * width, (earlierRow + 1) * width), row * width);
    }
  }
  return head;
}
