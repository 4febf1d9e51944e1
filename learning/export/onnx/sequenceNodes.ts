/**
 * What networks of tokens are made of, as nodes of an ONNX graph. Where tokens matter channels come last, [batch, rows, tokens,
 * channels], and a map is transposed on its way there and back.
 */
import {
  gridOf,
  resampledPositions,
  rotation,
  type FoldedLayer,
  type LearnedTokens,
  type Positions,
  type Rotation,
  type Shape,
  type TokenRange,
} from '../../backbones/architecture.js';
import type { OnnxTensorValue } from './onnxOperations.js';
import type { NodeWriter } from './nodeWriter.js';

/** The value with its channels last. */
export function rowsOf(writer: NodeWriter, x: OnnxTensorValue): OnnxTensorValue {
  if (x.rows) return x;
  const tensor = x.flat
    ? reshaped(writer, x.tensor, [0, 1, 1, x.c])
    : writer.node('Transpose', [x.tensor], { perm: [0, 2, 3, 1] });
  return { ...x, tensor, flat: false, rows: true };
}

/** The value as [batch, channels, height, width]. */
export function mapOf(writer: NodeWriter, x: OnnxTensorValue): OnnxTensorValue {
  if (!x.rows) return x;
  const { h, w, c } = x;
  return { h, w, c, tensor: writer.node('Transpose', [x.tensor], { perm: [0, 3, 1, 2] }), flat: false };
}

/** Zero stands for the batch. */
function reshaped(writer: NodeWriter, tensor: string, shape: readonly number[]): string {
  return writer.node('Reshape', [tensor, writer.integers(shape)]);
}

const rows = (shape: Shape, tensor: string): OnnxTensorValue => ({ ...shape, tensor, flat: false, rows: true });

/** @param layer torch name @param weight [out, in] */
export function denseNodes(
  writer: NodeWriter,
  input: OnnxTensorValue,
  layer: string,
  { filter, bias }: FoldedLayer,
): OnnxTensorValue {
  const x = rowsOf(writer, input);
  const out = bias.length;
  const weight = writer.floats(`${layer}.weight`, [x.c, out], transposed(filter, out, x.c));
  const product = writer.node('MatMul', [x.tensor, weight]);
  const tensor = writer.node('Add', [product, writer.floats(`${layer}.bias`, [out], bias)], {}, layer);
  return rows({ h: x.h, w: x.w, c: out }, tensor);
}

/** [out, in] as [in, out]. */
function transposed(filter: Float32Array, out: number, inputs: number): Float32Array {
  const result = new Float32Array(filter.length);
  for (let o = 0; o < out; o++) for (let i = 0; i < inputs; i++) result[i * out + o] = filter[o * inputs + i]!;
  return result;
}

export function normalisationNode(
  writer: NodeWriter,
  input: OnnxTensorValue,
  { name, epsilon }: { name: string; epsilon: number },
  { filter, bias }: FoldedLayer,
): OnnxTensorValue {
  const x = rowsOf(writer, input);
  const inputs = [x.tensor, writer.floats(`${name}.weight`, [x.c], filter), writer.floats(`${name}.bias`, [x.c], bias)];
  return { ...x, tensor: writer.node('LayerNormalization', inputs, { axis: -1, epsilon: { f: epsilon } }, name) };
}

/** Of a map in either order. */
export function responseNodes(
  writer: NodeWriter,
  x: OnnxTensorValue,
  { name, epsilon }: { name: string; epsilon: number },
  { filter, bias }: FoldedLayer,
): OnnxTensorValue {
  const [axes, channel, dims] = x.rows ? [[1, 2], 3, [x.c]] : [[2, 3], 1, [x.c, 1, 1]];
  const norm = writer.node('ReduceL2', [x.tensor], { axes, keepdims: 1 });
  const mean = writer.node('ReduceMean', [norm], { axes: [channel], keepdims: 1 });
  const even = writer.node('Add', [mean, writer.floats(`${name}.epsilon`, [], Float32Array.of(epsilon))]);
  const factors = writer.node('Mul', [writer.node('Div', [norm, even]), writer.floats(`${name}.weight`, dims, filter)]);
  const scaled = writer.node('Add', [
    writer.node('Mul', [x.tensor, factors]),
    writer.floats(`${name}.bias`, dims, bias),
  ]);
  return { ...x, tensor: writer.node('Add', [x.tensor, scaled], {}, name) };
}

export function tokenNodes(writer: NodeWriter, input: OnnxTensorValue): OnnxTensorValue {
  const { tensor, h, w, c } = rowsOf(writer, input);
  return rows({ h: 1, w: h * w, c }, reshaped(writer, tensor, [0, 1, h * w, c]));
}

export function takeNode(writer: NodeWriter, x: OnnxTensorValue, { from, to = x.w }: TokenRange): OnnxTensorValue {
  const tensor = writer.node('Slice', [x.tensor, ...[[from], [to], [2]].map((values) => writer.integers(values))]);
  return { ...x, w: to - from, tensor };
}

export function learnedTensor(
  writer: NodeWriter,
  { name, tokens, channels }: LearnedTokens,
  values: Float32Array,
): OnnxTensorValue {
  return rows({ h: 1, w: tokens, c: channels }, writer.floats(name, [1, 1, tokens, channels], values));
}

/** A sequence padded with zeros, plus the learned tokens padded with zeros: their batch need not be known. */
export function prependNodes(
  writer: NodeWriter,
  x: OnnxTensorValue,
  { name, tokens }: LearnedTokens,
  values: Float32Array,
): OnnxTensorValue {
  const padded = writer.node('Pad', [x.tensor, writer.integers([0, 0, tokens, 0, 0, 0, 0, 0])]);
  const behind = new Float32Array((tokens + x.w) * x.c);
  behind.set(values);
  const learned = writer.floats(name, [1, 1, tokens + x.w, x.c], behind);
  return { ...x, w: tokens + x.w, tensor: writer.node('Add', [padded, learned]) };
}

export function positionNodes(
  writer: NodeWriter,
  x: OnnxTensorValue,
  { name, ...positions }: Positions,
  values: Float32Array,
): OnnxTensorValue {
  const placed = resampledPositions(values, positions, gridOf(x.w, positions.leading));
  return { ...x, tensor: writer.node('Add', [x.tensor, writer.floats(name, [1, 1, x.w, x.c], placed)]) };
}

export function headNodes(
  writer: NodeWriter,
  x: OnnxTensorValue,
  { parts, heads }: { parts: number; heads: number },
): OnnxTensorValue[] {
  const c = x.c / (parts * heads);
  const apart = reshaped(writer, x.tensor, [0, x.w, parts, heads, c]);
  const first = writer.node('Transpose', [apart], { perm: [2, 0, 3, 1, 4] });
  return Array.from({ length: parts }, (_, part) => {
    const tensor = writer.node('Gather', [first, writer.integers(part)], { axis: 0 });
    return rows({ h: heads, w: x.w, c }, tensor);
  });
}

export function rotationNodes(
  writer: NodeWriter,
  x: OnnxTensorValue,
  { leading, temperature }: Rotation,
): OnnxTensorValue {
  const { cosine, sine } = rotation(gridOf(x.w, leading), x.c, leading, temperature);
  const table = (name: string, values: Float32Array): string =>
    writer.floats(`rotation.${name}.${x.w}.${x.c}`, [x.w, x.c], values);
  const half = x.c / 2;
  const other = writer.integers(Array.from({ length: x.c }, (_, channel) => (channel + half) % x.c));
  const swapped = writer.node('Gather', [x.tensor, other], { axis: 3 });
  const turned = writer.node('Mul', [swapped, table('sine', sine)]);
  return { ...x, tensor: writer.node('Add', [writer.node('Mul', [x.tensor, table('cosine', cosine)]), turned]) };
}

export function attentionNodes(
  writer: NodeWriter,
  queries: OnnxTensorValue,
  keys: OnnxTensorValue,
  values: OnnxTensorValue,
): OnnxTensorValue {
  const scale = writer.floats(`attention.scale.${queries.c}`, [], Float32Array.of(1 / Math.sqrt(queries.c)));
  const turned = writer.node('Transpose', [keys.tensor], { perm: [0, 1, 3, 2] });
  const scores = writer.node('MatMul', [writer.node('Mul', [queries.tensor, scale]), turned]);
  const attended = writer.node('MatMul', [writer.node('Softmax', [scores], { axis: -1 }), values.tensor]);
  const sideBySide = writer.node('Transpose', [attended], { perm: [0, 2, 1, 3] });
  const c = values.h * values.c;
  return rows({ h: 1, w: queries.w, c }, reshaped(writer, sideBySide, [0, 1, queries.w, c]));
}
