import type { Backbone, NamedArrays } from '../../backbones/index.js';

/**
 * A new linear classifier on the backbone's pooled features, under the names of the backbone's own: all zeros. On fixed
 * features the loss is convex, so no starting point is better in the end; from zeros every class begins equally likely
 * (the first loss is ln(classes)), the gradients of the classes differ at once, and there is no draw that a result could
 * depend on.
 */
export function initialHead(backbone: Backbone, classes: number): NamedArrays {
  const { classifierName, featureSize } = backbone;
  return new Map([
    [`${classifierName}.weight`, { shape: [classes, featureSize], data: new Float32Array(classes * featureSize) }],
    [`${classifierName}.bias`, { shape: [classes], data: new Float32Array(classes) }],
  ]);
}
