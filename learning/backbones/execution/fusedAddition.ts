/** Elementwise sum with an activation, as one kernel: the end of a residual block. See fusedConvolution. */
import { nativeOperation, tf, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { activateOwned, activationGradient, type Rectifier } from './activations.js';

const kernelName = 'GraftworkAddition';

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { a, b } = inputs as unknown as Record<'a' | 'b', Tensor>;
    const { activation } = attrs as unknown as { activation: Rectifier };
    return activateOwned(nativeOperation('AddV2', [a, b]), activation);
  },
});

tf.registerGradient({
  kernelName,
  outputsToSave: [true],
  gradFunc: (dy, [y], attrs) => {
    const { activation } = attrs as unknown as { activation: Rectifier };
    const d = activationGradient(dy as Tensor, y as Tensor, activation);
    // Clones share the memory; the engine may dispose of one gradient while it still sums into the other.
    return { a: () => d.clone(), b: () => d.clone() };
  },
});

/** activation(a + b), equal shapes. */
export function fusedAddition(a: Tensor4D, b: Tensor4D, activation: Rectifier): Tensor4D {
  return tf.engine().runKernel(kernelName, { a, b }, { activation });
}
