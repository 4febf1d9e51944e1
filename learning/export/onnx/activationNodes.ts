import type { Activation } from '../../backbones/architecture.js';
import type { NodeWriter } from './nodeWriter.js';

/** Each activation in the operations of operator set 17. @returns the name of its output */
export const activationNodes: Readonly<Record<Activation, (writer: NodeWriter, x: string) => string>> = {
  relu: (writer, x) => writer.node('Relu', [x]),
  relu6: (writer, x) => writer.node('Clip', [x, number(writer, 'relu6.min', 0), number(writer, 'relu6.max', 6)]),
  sigmoid: (writer, x) => writer.node('Sigmoid', [x]),
  silu: (writer, x) => writer.node('Mul', [x, writer.node('Sigmoid', [x])]),
  hard_sigmoid: (writer, x) => writer.node('HardSigmoid', [x], { alpha: { f: 1 / 6 }, beta: { f: 0.5 } }),
  hard_swish: (writer, x) => writer.node('HardSwish', [x]),
  // In the order in which onnxruntime makes it one operation.
  gelu: (writer, x) => {
    const spread = writer.node('Erf', [writer.node('Div', [x, number(writer, 'root of 2', Math.SQRT2)])]);
    const share = writer.node('Add', [spread, number(writer, 'one', 1)]);
    return writer.node('Mul', [writer.node('Mul', [x, share]), number(writer, 'half', 0.5)]);
  },
  gelu_tanh: (writer, x) => {
    const cube = writer.node('Mul', [writer.node('Mul', [x, x]), x]);
    const bent = writer.node('Add', [x, writer.node('Mul', [cube, number(writer, 'gelu.cube', 0.044715)])]);
    const rate = number(writer, 'gelu.rate', Math.sqrt(2 / Math.PI));
    const share = writer.node('Add', [
      writer.node('Tanh', [writer.node('Mul', [bent, rate])]),
      number(writer, 'one', 1),
    ]);
    return writer.node('Mul', [writer.node('Mul', [x, share]), number(writer, 'half', 0.5)]);
  },
  quick_gelu: (writer, x) => {
    const gate = writer.node('Sigmoid', [writer.node('Mul', [x, number(writer, 'quick.rate', 1.702)])]);
    return writer.node('Mul', [x, gate]);
  },
};

const number = (writer: NodeWriter, name: string, value: number): string =>
  writer.floats(name, [], Float32Array.of(value));
