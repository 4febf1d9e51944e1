import type { Backbone, NamedArrays } from '../backbones/index.js';

/**
 * The same network with all logits divided by a temperature: the classifier's weights and biases are. So every runtime that the
 * model is exported to gives calibrated probabilities, and the order of the classes stays.
 *
 * @param parameters in torch names; 1 leaves them as they are
 */
export function withTemperature(
  { classifierName }: Pick<Backbone, 'classifierName'>,
  parameters: NamedArrays,
  temperature: number,
): NamedArrays {
  if (temperature === 1) return parameters;
  const classifier = new Set([`${classifierName}.weight`, `${classifierName}.bias`]);
  return new Map(
    [...parameters].map(([name, array]) => [
      name,
      classifier.has(name) ? { ...array, data: array.data.map((value) => value / temperature) } : array,
    ]),
  );
}
