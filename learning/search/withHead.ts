import type { Backbone, NamedArrays } from '../backbones/index.js';
import type { PlainHead } from '../training/heads/plainHead.js';

/** A network's parameters with this head as its classifier. */
export function withHead(
  parameters: NamedArrays,
  { classifierName, featureSize }: Pick<Backbone, 'classifierName' | 'featureSize'>,
  { weight, bias }: PlainHead,
): NamedArrays {
  return new Map([
    ...parameters,
    [`${classifierName}.weight`, { shape: [bias.length, featureSize], data: weight }],
    [`${classifierName}.bias`, { shape: [bias.length], data: bias }],
  ]);
}
