/**
 * What networks of tokens are made of, as layers of TensorFlow.js. A sequence is [batch, 1, tokens, channels]; each head is a layer
 * of its own, [batch, tokens, channels], because the product of two layers takes no more axes.
 */
import {
  gridOf,
  resampledPositions,
  rotation,
  type LearnedTokens,
  type Positions,
  type Rotation,
  type TokenRange,
} from '../../backbones/architecture.js';
import { affineLayer } from './affineLayer.js';
import type { LayersValue, LayerWeight } from './layersOperations.js';

export interface LayerWriter {
  /** @returns the layer's name. @param name @default its kind, counted through */
  layer: (
    kind: string,
    inputs: readonly LayersValue[],
    config?: Readonly<Record<string, unknown>>,
    name?: string,
  ) => string;
  weight: (weight: LayerWeight) => void;
  /** The picture. */
  input: () => LayersValue;
}

const sequence = (w: number, c: number, layer: string): LayersValue => ({
  ...{ h: 1, w, c, layer, flat: false, nonNegative: false },
});

function reshaped(writer: LayerWriter, x: LayersValue, target_shape: readonly number[]): string {
  return writer.layer('Reshape', [x], { target_shape });
}

export function tokenLayer(writer: LayerWriter, x: LayersValue): LayersValue {
  return sequence(x.h * x.w, x.c, reshaped(writer, x, [1, x.h * x.w, x.c]));
}

/** A single token comes flat, as what is pooled does. */
export function takeLayers(writer: LayerWriter, x: LayersValue, { from, to = x.w }: TokenRange): LayersValue {
  const taken = { ...x, w: to - from, layer: cropped(writer, x, from, x.w - to) };
  if (taken.w > 1) return taken;
  return { ...taken, layer: writer.layer('Flatten', [taken], { data_format: 'channels_last' }), flat: true };
}

/** Without some positions of the second axis but one. */
function cropped(writer: LayerWriter, x: LayersValue, before: number, after: number): string {
  const cropping = [
    [0, 0],
    [before, after],
  ];
  return writer.layer('Cropping2D', [x], { cropping, data_format: 'channels_last' });
}

export function prependLayers(
  writer: LayerWriter,
  x: LayersValue,
  { tokens }: LearnedTokens,
  values: Float32Array,
): LayersValue {
  const padding = [
    [0, 0],
    [tokens, 0],
  ];
  const layer = writer.layer('ZeroPadding2D', [x], { padding, data_format: 'channels_last' });
  const padded = sequence(tokens + x.w, x.c, layer);
  const learned = new Float32Array(padded.w * x.c);
  learned.set(values);
  return plusConstant(writer, padded, learned);
}

export function positionLayers(
  writer: LayerWriter,
  x: LayersValue,
  positions: Positions,
  values: Float32Array,
): LayersValue {
  return plusConstant(writer, x, resampledPositions(values, positions, gridOf(x.w, positions.leading)));
}

function plusConstant(writer: LayerWriter, x: LayersValue, values: Float32Array): LayersValue {
  return sequence(x.w, x.c, reshaped(writer, withConstant(writer, x, 'beta', values), [1, x.w, x.c]));
}

/** Every value plus a constant of its own, or times one. @returns flattened */
function withConstant(writer: LayerWriter, x: LayersValue, kind: 'beta' | 'gamma', values: Float32Array): LayersValue {
  const flat = { ...x, layer: writer.layer('Flatten', [x], { data_format: 'channels_last' }) };
  return { ...x, layer: affineLayer(writer, flat, { [kind]: values }) };
}

export function rotationLayers(writer: LayerWriter, x: LayersValue, { leading, temperature }: Rotation): LayersValue {
  const { cosine, sine } = rotation(gridOf(x.w, leading), x.c, leading, temperature);
  const rotated = (head: string): string => {
    const own = { ...x, layer: head };
    const halves = { ...x, layer: reshaped(writer, own, [x.w, 2, x.c / 2]) };
    const [second, first] = [
      [1, 0],
      [0, 1],
    ].map(([before = 0, after = 0]) => ({ ...x, layer: cropped(writer, halves, before, after) }));
    const swapped = { ...x, layer: writer.layer('Concatenate', [second!, first!], { axis: 2 }) };
    const turned = [withConstant(writer, own, 'gamma', cosine), withConstant(writer, swapped, 'gamma', sine)];
    return reshaped(writer, { ...x, layer: writer.layer('Add', turned) }, [x.w, x.c]);
  };
  return { ...x, heads: (x.heads ?? []).map(rotated) };
}

/** Every layer of Keras has an input: here the picture, times zero. */
export function learnedLayers(
  writer: LayerWriter,
  { tokens, channels }: LearnedTokens,
  values: Float32Array,
): LayersValue {
  const input = writer.input();
  const pooled = writer.layer('GlobalAveragePooling2D', [input], { data_format: 'channels_last' });
  const layer = writer.layer('Dense', [{ ...input, layer: pooled }], { units: values.length, use_bias: true });
  writer.weight({
    name: `${layer}/kernel`,
    shape: [input.c, values.length],
    values: new Float32Array(input.c * values.length),
  });
  writer.weight({ name: `${layer}/bias`, shape: [values.length], values });
  return sequence(tokens, channels, reshaped(writer, { ...input, layer }, [1, tokens, channels]));
}

export function headLayers(
  writer: LayerWriter,
  x: LayersValue,
  { parts, heads }: { parts: number; heads: number },
): LayersValue[] {
  const all = parts * heads;
  const c = x.c / all;
  const apart = { ...x, layer: reshaped(writer, x, [x.w, all, c]) };
  const head = (at: number): string => {
    const own = { ...x, layer: cropped(writer, apart, at, all - at - 1) };
    return reshaped(writer, own, [x.w, c]);
  };
  return Array.from({ length: parts }, (_, part) => ({
    ...{ h: heads, w: x.w, c, layer: apart.layer, flat: false, nonNegative: false },
    heads: Array.from({ length: heads }, (_, index) => head(part * heads + index)),
  }));
}

export function attentionLayers(
  writer: LayerWriter,
  queries: LayersValue,
  keys: LayersValue,
  values: LayersValue,
): LayersValue {
  const of = (x: LayersValue, head: number): LayersValue => ({ ...x, layer: (x.heads ?? [])[head] as string });
  const scale = 1 / Math.sqrt(queries.c);
  const attended = Array.from({ length: values.h }, (_, head) => {
    const query = of(queries, head);
    const scaled = { ...query, layer: writer.layer('Rescaling', [query], { scale, offset: 0 }) };
    const scores = { ...query, layer: writer.layer('Dot', [scaled, of(keys, head)], { axes: [2, 2] }) };
    const shares = { ...query, layer: writer.layer('Softmax', [scores], { axis: -1 }) };
    return { ...query, layer: writer.layer('Dot', [shares, of(values, head)], { axes: [2, 1] }) };
  });
  const [first] = attended;
  const layer = attended.length === 1 && first ? first.layer : writer.layer('Concatenate', attended, { axis: -1 });
  const c = values.h * values.c;
  return sequence(queries.w, c, reshaped(writer, { ...queries, layer }, [1, queries.w, c]));
}
