/** Activations as layers of TensorFlow.js: what Keras has no name for is made of others. */
import type { Activation } from '../../backbones/architecture.js';
import type { LayersValue } from './layersOperations.js';
import type { LayerWriter } from './sequenceLayers.js';

/** What Keras calls the activations it has. Its hard sigmoid has another slope in each version. */
const kerasNames = { relu: 'relu', relu6: 'relu6', sigmoid: 'sigmoid', silu: 'swish', gelu: 'gelu' } as const;

function isNamed(activation: Activation): activation is keyof typeof kerasNames {
  return activation in kerasNames;
}

/** Activations that give nothing below zero. */
export const nonNegative: ReadonlySet<Activation> = new Set(['relu', 'relu6', 'sigmoid', 'hard_sigmoid']);

/** Keras's name of a layer's own activation; undefined where the layer cannot have it. */
export function inLayer(activation: Activation | undefined): string | undefined {
  if (activation === undefined) return 'linear';
  return isNamed(activation) ? kerasNames[activation] : undefined;
}

/** @returns the name of the layer that gives it */
export function activationLayer(writer: LayerWriter, x: LayersValue, activation: Activation): string {
  const layer = (kind: string, inputs: readonly LayersValue[], config = {}): LayersValue => ({
    ...{ ...x, layer: writer.layer(kind, inputs, config) },
  });
  const activated = (y: LayersValue, name: string): LayersValue => layer('Activation', [y], { activation: name });
  const rescaled = (y: LayersValue, scale: number, offset = 0): LayersValue =>
    layer('Rescaling', [y], { scale, offset });
  const hardSigmoid = (): LayersValue => rescaled(activated(rescaled(x, 1, 3), 'relu6'), 1 / 6);
  switch (activation) {
    case 'hard_sigmoid':
      return hardSigmoid().layer;
    case 'hard_swish':
      return writer.layer('Multiply', [x, hardSigmoid()]);
    case 'quick_gelu':
      return writer.layer('Multiply', [x, activated(rescaled(x, 1.702), 'sigmoid')]);
    case 'gelu_tanh': {
      // TensorFlow.js drops a tensor too early that one layer takes twice, so each factor is a layer of its own.
      const cube = layer('Multiply', [x, rescaled(x, 1), rescaled(x, 0.044715)]);
      const steep = rescaled(layer('Add', [x, cube]), Math.sqrt(2 / Math.PI));
      return writer.layer('Multiply', [x, rescaled(activated(steep, 'tanh'), 0.5, 0.5)]);
    }
    default:
      return activated(x, kerasNames[activation]).layer;
  }
}
