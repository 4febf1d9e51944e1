/**
 * Convolution, bias and activation as one differentiable kernel of TensorFlow.js.
 *
 * tfjs-node runs its "fused" convolution as separate operations, keeps every intermediate result until the
 * gradient is done, spells the gradient of ReLU6 as four elementwise passes, and has no gradient for explicit
 * padding. Here the intermediates go at once and the gradients are TensorFlow's own, so a training step moves
 * about half the memory. Registering a kernel (not `tf.customGrad`) lets the engine skip the gradients nobody
 * asked for, such as that of the cached activation at the cut.
 */
import { nativeOperation, tf, usesGpu, type Tensor, type Tensor4D } from '../../tensorflow.js';
import { denseFilterGradient, isFasterAsProducts } from './denseFilterGradient.js';
import { depthwiseFilterGradient, isFasterAsConvolution } from './depthwiseFilterGradient.js';
import { convolutionMargins } from '../margins.js';
import type { Convolution } from '../operations.js';
import { activateOwned, activationGradient, activatedOwned, isRectifier, type Rectifier } from './activations.js';

const kernelName = 'GraftworkConvolution';

interface Attributes {
  depthwise: boolean;
  activation: Rectifier | 'none';
  geometry: Geometry;
}

/** In TensorFlow's names. */
interface Geometry {
  strides: readonly [1, number, number, 1];
  dilations: readonly number[];
  data_format: 'NHWC';
  padding: 'SAME' | 'VALID';
}

type Margins = [[number, number], [number, number], [number, number], [number, number]];

/**
 * How a convolution is put to TensorFlow.
 *
 * Pixels around the map that are not SAME's are added first, as a step of their own: oneDNN's kernels take no explicit
 * padding, and TensorFlow would fall back on its own, which are slower in both directions.
 */
function geometryOf(o: Convolution): { attributes: Geometry; margins: Margins | undefined } {
  const stride = o.stride ?? 1;
  const { padding, margins } = convolutionMargins(o);
  const attributes: Geometry = {
    strides: [1, stride, stride, 1],
    dilations: [1, 1, 1, 1],
    data_format: 'NHWC',
    padding: padding === 'same' ? 'SAME' : 'VALID',
  };
  if (margins === undefined) return { attributes, margins };
  const [top, bottom, left, right] = margins;
  return {
    attributes,
    margins: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
  };
}

/** TensorFlow's own kernel for it on a GPU, and where that is the fastest on a CPU. */
function filterGradient(x: Tensor4D, filter: Tensor, dy: Tensor4D, { depthwise, geometry }: Attributes): Tensor {
  const shape = filter.shape as [number, number, number, number];
  if (!usesGpu()) {
    const plan = { filter: shape, stride: geometry.strides[1], padding: geometry.padding };
    if (depthwise && isFasterAsConvolution(plan)) return depthwiseFilterGradient(x, dy, shape[0]);
    if (!depthwise && isFasterAsProducts(dy, plan)) return denseFilterGradient(x, dy, plan);
  }
  const operation = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  return nativeOperation(`${operation}BackpropFilter`, [x, tf.tensor1d(shape, 'int32'), dy], { ...geometry });
}

function register(): void {
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, filter, bias } = inputs as unknown as Record<'x' | 'filter' | 'bias', Tensor>;
      const { depthwise, activation, geometry } = attrs as unknown as Attributes;
      const convolved = nativeOperation(depthwise ? 'DepthwiseConv2dNative' : 'Conv2D', [x, filter], { ...geometry });
      const biased = nativeOperation('BiasAdd', [convolved, bias], { data_format: 'NHWC' });
      convolved.dispose();
      return activateOwned(biased, activation);
    },
  });
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, filter, y] = saved as [Tensor, Tensor, Tensor];
      const { depthwise, activation, geometry } = attrs as unknown as Attributes;
      const d = activationGradient(dy as Tensor, y, activation);
      const operation = depthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
      return {
        x: () =>
          nativeOperation(`${operation}BackpropInput`, [tf.tensor1d(x.shape, 'int32'), filter, d], { ...geometry }),
        filter: () => filterGradient(x as Tensor4D, filter, d as Tensor4D, attrs as unknown as Attributes),
        bias: () => nativeOperation('BiasAddGrad', [d], { data_format: 'NHWC' }),
      };
    },
  });
}

register();

/**
 * @param x [batch, height, width, in]
 * @param filter HWIO, or HWC1 for a depthwise convolution
 * @param bias [out]
 */
export function fusedConvolution(x: Tensor4D, filter: Tensor, bias: Tensor, o: Convolution): Tensor4D {
  const { attributes: geometry, margins } = geometryOf(o);
  const { activation = 'none' } = o;
  const isFused = activation === 'none' || isRectifier(activation);
  const attributes: Attributes = {
    depthwise: o.depthwise ?? false,
    activation: isFused ? activation : 'none',
    geometry,
  };
  const y: Tensor4D = tf
    .engine()
    .runKernel(
      kernelName,
      { x: margins === undefined ? x : tf.pad4d(x, margins), filter, bias },
      attributes as unknown as Parameters<ReturnType<typeof tf.engine>['runKernel']>[2],
    );
  return isFused ? y : activatedOwned(y, activation);
}
