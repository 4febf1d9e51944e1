import { dataTypes, decodeOnnx, type OnnxModel } from './schema.js';

const elementBytes = new Map<number, number>([
  [dataTypes.float32, 4],
  [dataTypes.int64, 8],
]);

/**
 * Whether an ONNX file is whole: it decodes, every operation's inputs come before it, no tensor has two makers, every
 * constant has the bytes its shape asks for, and the outputs are computed.
 * @returns what is wrong with it; undefined: nothing
 */
export function faultOfOnnx(bytes: Uint8Array): string | undefined {
  let model: OnnxModel;
  try {
    model = decodeOnnx(bytes);
  } catch (thrown) {
    return `it does not decode: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  const { node, initializer, input, output } = model.graph;
  for (const { name, dims, data_type, raw_data } of initializer) {
    const expected = dims.reduce((product, size) => product * size, elementBytes.get(data_type) ?? Number.NaN);
    if (raw_data.byteLength !== expected) return `'${name}' has ${raw_data.byteLength} bytes, not ${expected}`;
  }
  const known = new Set([...input, ...initializer].map(({ name }) => name));
  for (const { name, input: needed, output: made } of node) {
    const missing = needed.find((one) => !known.has(one));
    if (missing !== undefined) return `'${name}' needs '${missing}', which nothing before it makes`;
    for (const one of made) {
      if (known.has(one)) return `'${one}' is made twice`;
      known.add(one);
    }
  }
  const absent = output.find(({ name }) => !known.has(name));
  return absent === undefined ? undefined : `'${absent.name}' is never computed`;
}
