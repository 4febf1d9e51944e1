import type { ExportedNetwork } from '../exportedNetwork.js';
import { OnnxOperations } from './onnxOperations.js';
import { encodeOnnx, floatValue } from './schema.js';

/** What runtimes of 2021 and later read; the intermediate representation is the one that came with it. */
export const operatorSet = 17;
const irVersion = 8;

/**
 * Names of the graph's input, [batch, 3, size, size], and outputs: [batch, classes]; of models that know it how unlike its training
 * pictures a picture is, [batch]; and of multi-label models the probability of each label, [batch, classes].
 */
export const onnxInput = 'pixels';
export const onnxOutput = 'logits';
export const onnxUnlikeness = 'unlikeness';
export const onnxProbabilities = 'probabilities';

export interface OnnxDescription {
  /** Of the program that writes the file. */
  producerVersion: string;
  /** What the graph is called. */
  name: string;
  /** Kept in the file as `metadata_props`. */
  metadata: Readonly<Record<string, string>>;
  /** Of a multi-label model the graph gives the probability of each label, too. */
  isMultiLabel?: boolean;
}

/** The bytes of `model.onnx`: one file, any number of pictures at once, batch normalisation folded into convolutions. */
export function onnxModel(
  network: ExportedNetwork,
  { producerVersion, name, metadata, isMultiLabel = false }: OnnxDescription,
): Uint8Array {
  const { size, distances } = network;
  const operations = new OnnxOperations((layer) => network.folded(layer));
  const { logits, features } = network.run(operations, { h: size, w: size, c: 3, tensor: onnxInput, flat: false });
  operations.output(logits, onnxOutput);
  if (distances !== undefined) operations.nearest(features, distances, onnxUnlikeness);
  if (isMultiLabel) operations.output(operations.activate(logits, 'sigmoid'), onnxProbabilities);
  return encodeOnnx({
    ir_version: irVersion,
    producer_name: 'graftwork',
    producer_version: producerVersion,
    doc_string: '',
    opset_import: [{ domain: '', version: operatorSet }],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name,
      node: operations.nodes,
      initializer: operations.initializers,
      input: [floatValue(onnxInput, [null, 3, size, size])],
      output: [
        floatValue(onnxOutput, [null, network.classes]),
        ...(distances === undefined ? [] : [floatValue(onnxUnlikeness, [null])]),
        ...(isMultiLabel ? [floatValue(onnxProbabilities, [null, network.classes])] : []),
      ],
    },
  });
}
