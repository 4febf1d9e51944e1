/**
 * Activations as native operations, with their gradients.
 *
 * The gradient of some follows from their output, so a kernel that ends in one keeps nothing for it. That of the others follows
 * from their input, which is kept; what else their gradients need is computed again, because memory is what a step runs out of.
 */
import { nativeOperation, tf, type Tensor } from '../../tensorflow.js';
import type { Activation } from '../operations.js';

/** Those whose gradient follows from their output. */
export type ByOutput = 'relu' | 'relu6' | 'sigmoid';
type ByInput = Exclude<Activation, ByOutput>;

const forward: Record<ByOutput, string> = { relu: 'Relu', relu6: 'Relu6', sigmoid: 'Sigmoid' };

/** Gradient before the activation, from the gradient `dy` after it and its output `y`. */
const backward: Record<ByOutput, (dy: Tensor, y: Tensor) => Tensor> = {
  relu: (dy, y) => nativeOperation('ReluGrad', [dy, y]),
  relu6: (dy, y) => nativeOperation('Relu6Grad', [dy, y]),
  sigmoid: (dy, y) => nativeOperation('SigmoidGrad', [y, dy]),
};

export function isByOutput(activation: Activation): activation is ByOutput {
  return activation in forward;
}

/** Apply an activation to a tensor nobody else needs, which is then disposed of. */
export function activateOwned(x: Tensor, activation: ByOutput | 'none'): Tensor {
  if (activation === 'none') return x;
  const y = nativeOperation(forward[activation], [x]);
  x.dispose();
  return y;
}

/** Gradient before the activation, from the gradient `dy` after it and its output `y`. */
export function activationGradient(dy: Tensor, y: Tensor, activation: ByOutput | 'none'): Tensor {
  return activation === 'none' ? dy : backward[activation](dy, y);
}

const product = (a: Tensor, b: Tensor): Tensor => nativeOperation('Mul', [a, b]);
const sum = (a: Tensor, b: Tensor): Tensor => nativeOperation('AddV2', [a, b]);
const sigmoid = (x: Tensor): Tensor => nativeOperation('Sigmoid', [x]);
/** relu6(x + 3), six times the hard sigmoid. */
const sixGates = (x: Tensor): Tensor => nativeOperation('Relu6', [sum(x, tf.scalar(3))]);
const sixth = (x: Tensor): Tensor => product(x, tf.scalar(1 / 6));
/** `dy` where the gate is neither open nor shut, otherwise 0. */
const whereHalfOpen = (dy: Tensor, x: Tensor): Tensor => nativeOperation('Relu6Grad', [dy, sum(x, tf.scalar(3))]);

/** In `tf.tidy`: what is between is disposed of. */
const functions: Record<ByInput, { value: (x: Tensor) => Tensor; gradient: (dy: Tensor, x: Tensor) => Tensor }> = {
  silu: {
    value: (x) => product(x, sigmoid(x)),
    // dy·s + (dy·x)·s·(1 − s)
    gradient: (dy, x) => {
      const gate = sigmoid(x);
      return sum(product(dy, gate), nativeOperation('SigmoidGrad', [gate, product(dy, x)]));
    },
  },
  hard_sigmoid: {
    value: (x) => sixth(sixGates(x)),
    gradient: (dy, x) => sixth(whereHalfOpen(dy, x)),
  },
  hard_swish: {
    value: (x) => product(sixth(x), sixGates(x)),
    gradient: (dy, x) => sixth(sum(product(dy, sixGates(x)), whereHalfOpen(product(dy, x), x))),
  },
};

const kernelName = 'GraftworkActivation';

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { activation } = attrs as unknown as { activation: ByInput };
    return tf.tidy(() => functions[activation].value(inputs['x'] as Tensor));
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const { activation } = attrs as unknown as { activation: ByInput };
    return { x: () => tf.tidy(() => functions[activation].gradient(dy as Tensor, x as Tensor)) };
  },
});

/** Differentiable, and records one operation for the gradient. */
export function activated<T extends Tensor>(x: T, activation: Activation): T {
  switch (activation) {
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    default:
      return tf.engine().runKernel(kernelName, { x }, { activation });
  }
}

/** `activated`, of a tensor nobody else needs. It is disposed of: what a gradient needs of it, the engine keeps. */
export function activatedOwned<T extends Tensor>(x: T, activation: Activation): T {
  const y = activated(x, activation);
  x.dispose();
  return y;
}
