/**
 * Activations and their gradients. A rectifier's gradient follows from what it gave, so it is one kernel with the layer before it.
 * That of a smooth one needs what it was given.
 */
import { nativeOperation, tf, type Tensor, type Tensor4D } from '../../tensorflow.js';
import type { Activation } from '../operations.js';

export type Rectifier = 'relu' | 'relu6';
type Smooth = Exclude<Activation, Rectifier>;

const forward: Record<Rectifier, string> = { relu: 'Relu', relu6: 'Relu6' };
const backward: Record<Rectifier, string> = { relu: 'ReluGrad', relu6: 'Relu6Grad' };

export function isRectifier(activation: Activation): activation is Rectifier {
  return activation in forward;
}

/** Apply a rectifier to a tensor nobody else needs, which is then disposed of. */
export function activateOwned(x: Tensor, activation: Rectifier | 'none'): Tensor {
  if (activation === 'none') return x;
  const y = nativeOperation(forward[activation], [x]);
  x.dispose();
  return y;
}

/** Gradient before the rectifier, from the gradient `dy` after it and its output `y`. */
export function activationGradient(dy: Tensor, y: Tensor, activation: Rectifier | 'none'): Tensor {
  return activation === 'none' ? dy : nativeOperation(backward[activation], [dy, y]);
}

interface SmoothActivation {
  value: (x: Tensor) => Tensor;
  derivative: (x: Tensor) => Tensor;
}

/** Of GELU's approximation: √(2/π)·(x + 0.044715·x³). */
const [tanhRate, tanhCube] = [Math.sqrt(2 / Math.PI), 0.044715];
const quickRate = 1.702;

const inner = (x: Tensor): Tensor => tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), tanhCube)), tanhRate));
/** The normal distribution's share below x. */
const normalShare = (x: Tensor): Tensor => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** d·σ·(1 − σ). */
const sigmoidSlope = (sigmoid: Tensor, d: Tensor): Tensor => nativeOperation('SigmoidGrad', [sigmoid, d]);
/** relu6(x + 3), six times the hard sigmoid. */
const sixGates = (x: Tensor): Tensor => tf.relu6(tf.add(x, 3));
/** `d` where the hard sigmoid is between 0 and 1, otherwise 0. */
const whereHalfOpen = (d: Tensor, x: Tensor): Tensor => nativeOperation('Relu6Grad', [d, tf.add(x, 3)]);

const smooth: Record<Smooth, SmoothActivation> = {
  gelu: {
    // In the order in which TensorFlow makes it one operation with the product before it.
    value: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    derivative: (x) => {
      const density = tf.mul(tf.exp(tf.mul(tf.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.add(normalShare(x), tf.mul(x, density));
    },
  },
  gelu_tanh: {
    value: (x) => tf.mul(tf.mul(x, 0.5), tf.add(inner(x), 1)),
    derivative: (x) => {
      const t = inner(x);
      const slope = tf.mul(tf.add(tf.mul(tf.mul(x, x), 3 * tanhCube), 1), tanhRate);
      const bend = tf.mul(tf.mul(x, 0.5), tf.mul(tf.sub(1, tf.mul(t, t)), slope));
      return tf.add(tf.mul(tf.add(t, 1), 0.5), bend);
    },
  },
  sigmoid: {
    value: (x) => tf.sigmoid(x),
    derivative: (x) => sigmoidSlope(tf.sigmoid(x), tf.onesLike(x)),
  },
  silu: {
    value: (x) => tf.mul(x, tf.sigmoid(x)),
    derivative: (x) => {
      const gate = tf.sigmoid(x);
      return tf.add(gate, sigmoidSlope(gate, x));
    },
  },
  hard_sigmoid: {
    value: (x) => tf.mul(sixGates(x), 1 / 6),
    derivative: (x) => tf.mul(whereHalfOpen(tf.onesLike(x), x), 1 / 6),
  },
  hard_swish: {
    value: (x) => tf.mul(tf.mul(x, 1 / 6), sixGates(x)),
    derivative: (x) => tf.mul(tf.add(sixGates(x), whereHalfOpen(x, x)), 1 / 6),
  },
  quick_gelu: {
    value: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, quickRate))),
    derivative: (x) => {
      const s = tf.sigmoid(tf.mul(x, quickRate));
      return tf.mul(s, tf.add(tf.mul(tf.mul(x, quickRate), tf.sub(1, s)), 1));
    },
  },
};

const kernelName = 'GraftworkActivation';

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const { x } = inputs as unknown as Record<'x', Tensor>;
    const { activation } = attrs as unknown as { activation: Smooth };
    return tf.tidy(() => smooth[activation].value(x));
  },
});

tf.registerGradient({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const { activation } = attrs as unknown as { activation: Smooth };
    return { x: () => tf.tidy(() => tf.mul(dy as Tensor, smooth[activation].derivative(x as Tensor))) };
  },
});

/** Any activation, differentiable. */
export function activated(x: Tensor4D, activation: Activation): Tensor4D {
  switch (activation) {
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.relu6(x);
    default:
      return tf.engine().runKernel(kernelName, { x }, { activation });
  }
}

/** `activated`, of a tensor nobody else needs. It is disposed of: what a gradient needs of it, the engine keeps. */
export function activatedOwned(x: Tensor4D, activation: Activation): Tensor4D {
  const y = activated(x, activation);
  x.dispose();
  return y;
}
