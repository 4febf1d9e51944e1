/** ONNX's operations as its specification has them, on TensorFlow: what a graph computes, without onnxruntime. */
import type { OnnxModel, OnnxNode } from '../../learning/export/onnx/schema.js';
import { tf, type Tensor, type Tensor2D, type Tensor4D } from '../../learning/tensorflow.js';

/** @param pixels [batch, 3, height, width] @param output of the graph @default the first */
export function runOnnx({ graph }: OnnxModel, pixels: Tensor4D, output = graph.output[0]!.name): Tensor {
  const values = new Map<string, Tensor>([[graph.input[0]!.name, pixels]]);
  for (const { name, dims, data_type, raw_data } of graph.initializer) {
    const { buffer } = Uint8Array.from(raw_data);
    const numbers = data_type === 7 ? Int32Array.from(new BigInt64Array(buffer), Number) : new Float32Array(buffer);
    values.set(name, tf.tensor(numbers, [...dims]));
  }
  for (const node of graph.node) {
    values.set(
      node.output[0]!,
      compute(
        node,
        node.input.map((name) => values.get(name)!),
      ),
    );
  }
  return values.get(output)!;
}

function compute(node: OnnxNode, inputs: readonly Tensor[]): Tensor {
  const [x, a, b] = inputs;
  const attribute = (name: string) => node.attribute.find((one) => one.name === name);
  const list = (name: string): readonly number[] => attribute(name)?.ints ?? [];
  const float = (name: string): number => attribute(name)?.f ?? Number.NaN;
  const axis = attribute('axis')?.i ?? Number.NaN;
  const strides = list('strides') as [number, number];
  switch (node.op_type) {
    case 'Conv': {
      const map = padded(x!, list('pads'), 0);
      const group = attribute('group')?.i ?? 1;
      // [out, in, height, width] to [height, width, in, out].
      const filter = tf.transpose(a as Tensor4D, [2, 3, 1, 0]);
      const y =
        group === 1
          ? tf.conv2d(map, filter, strides, 'valid')
          : tf.depthwiseConv2d(map, tf.transpose(filter, [0, 1, 3, 2]), strides, 'valid');
      return channelsFirst(tf.add(y, b!));
    }
    case 'Gemm':
      return tf.add(tf.matMul(x as Tensor2D, a as Tensor2D, false, attribute('transB')?.i === 1), b!);
    case 'MaxPool':
      return channelsFirst(tf.maxPool(padded(x!, list('pads'), -Infinity), kernel(list), strides, 'valid'));
    case 'AveragePool':
      if (attribute('count_include_pad')?.i !== 1) throw new Error('padding would be left out of the mean');
      return channelsFirst(tf.avgPool(padded(x!, list('pads'), 0), kernel(list), strides, 'valid'));
    case 'LRN': {
      const radius = ((attribute('size')?.i ?? 0) - 1) / 2;
      const alpha = float('alpha') / (2 * radius + 1);
      return channelsFirst(
        tf.localResponseNormalization(channelsLast(x!), radius, float('bias'), alpha, float('beta')),
      );
    }
    case 'Gather':
      return tf.gather(x!, a as Tensor & { dtype: 'int32' }, axis);
    case 'Concat':
      return tf.concat([...inputs], axis);
    case 'Add':
      return tf.add(x!, a!);
    case 'MatMul': {
      if (a!.rank > 2) return tf.matMul(x!, a!);
      const rows = tf.matMul(tf.reshape(x!, [-1, a!.shape[0]]), a as Tensor2D);
      return tf.reshape(rows, [...x!.shape.slice(0, -1), a!.shape[1]!]);
    }
    case 'LayerNormalization': {
      const { mean, variance } = tf.moments(x!, axis, true);
      const normal = tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, float('epsilon'))));
      return tf.add(tf.mul(normal, a!), b!);
    }
    case 'Softmax':
      return tf.softmax(x!, axis);
    case 'ReduceL2':
      return tf.norm(x!, 'euclidean', [...list('axes')], true);
    case 'ReduceMin':
      return tf.min(x!, [...list('axes')], attribute('keepdims')?.i === 1);
    case 'ReduceMean':
      return tf.mean(x!, [...list('axes')], true);
    case 'Transpose':
      return tf.transpose(x!, [...list('perm')]);
    case 'Reshape':
      return tf.reshape(
        x!,
        Array.from(a!.dataSync(), (size, at) => (size === 0 ? x!.shape[at]! : size)),
      );
    case 'Slice': {
      const [from, to, on] = inputs.slice(1).map((one) => one.dataSync()[0]!) as [number, number, number];
      const begin = x!.shape.map((_, at) => (at === on ? from : 0));
      return tf.slice(
        x!,
        begin,
        x!.shape.map((size, at) => (at === on ? to - from : size)),
      );
    }
    case 'Pad': {
      const margins = a!.dataSync();
      return tf.pad(
        x!,
        x!.shape.map((_, at) => [margins[at]!, margins[at + x!.rank]!]),
      );
    }
    case 'Div':
      return tf.div(x!, a!);
    case 'Erf':
      return tf.erf(x!);
    case 'Tanh':
      return tf.tanh(x!);
    case 'Relu':
      return tf.relu(x!);
    case 'Sigmoid':
      return tf.sigmoid(x!);
    case 'HardSigmoid':
      return tf.clipByValue(tf.add(tf.mul(x!, float('alpha')), float('beta')), 0, 1);
    case 'HardSwish':
      return tf.mul(x!, tf.clipByValue(tf.add(tf.div(x!, 6), 0.5), 0, 1));
    case 'Mul':
      return tf.mul(x!, a!);
    case 'GlobalAveragePool':
      return tf.mean(x!, [2, 3], true);
    case 'Clip':
      return tf.minimum(tf.maximum(x!, a!), b!);
    case 'Flatten':
      return tf.reshape(x!, [x!.shape[0], -1]);
    case 'Identity':
      return x!;
    default:
      throw new Error(`no such operation here: ${node.op_type}`);
  }
}

const kernel = (list: (name: string) => readonly number[]): [number, number] =>
  list('kernel_shape') as [number, number];
const channelsLast = (x: Tensor): Tensor4D => tf.transpose(x, [0, 2, 3, 1]) as Tensor4D;
const channelsFirst = (x: Tensor): Tensor => tf.transpose(x, [0, 3, 1, 2]);

/** Channels last. ONNX lists the beginnings of both axes before their ends. */
function padded(x: Tensor, [top = 0, left = 0, bottom = 0, right = 0]: readonly number[], value: number): Tensor4D {
  const margins: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(channelsLast(x), margins, value);
}
