/** The layers model of TensorFlow.js: Keras's description of the network as JSON, and its weights in files of 4 MiB. */
import type { ExportedNetwork } from '../exportedNetwork.js';
import { LayersOperations, type LayerConfig, type LayerWeight } from './layersOperations.js';

/** As the converter of TensorFlow.js cuts them: browsers cache files up to about this size. */
const shardBytes = 4 * 2 ** 20;

export const layersModelFile = 'model.json';

/** Layer that gives how unlike its training pictures a picture is, [batch, 1]. */
const unlikenessLayer = 'unlikeness';

/** `model.json`, as far as it is read here. */
export interface LayersModelJson {
  format: 'layers-model';
  generatedBy: string;
  convertedBy: null;
  modelTopology: {
    keras_version: string;
    backend: 'tensorflow';
    model_config: {
      class_name: 'Model';
      config: {
        name: string;
        layers: readonly LayerConfig[];
        input_layers: readonly (readonly [string, number, number])[];
        output_layers: readonly (readonly [string, number, number])[];
      };
    };
  };
  weightsManifest: readonly [
    {
      paths: readonly string[];
      weights: readonly { name: string; shape: readonly number[]; dtype: 'float32' }[];
    },
  ];
  userDefinedMetadata: Readonly<Record<string, unknown>>;
}

export interface LayersModelFiles {
  json: LayersModelJson;
  shards: readonly { name: string; bytes: Uint8Array }[];
}

/**
 * @param description what the model is called, what wrote it, what `model.json` keeps beside it, and whether it gives the probability of
 *   each label instead of logits
 * @throws GW_EXPORT_UNSUPPORTED for a network that has an operation no layer of TensorFlow.js computes
 */
export function layersModel(
  network: ExportedNetwork,
  {
    name,
    generatedBy,
    metadata,
    isMultiLabel = false,
  }: { name: string; generatedBy: string; metadata: Readonly<Record<string, unknown>>; isMultiLabel?: boolean },
): LayersModelFiles {
  const { size, distances } = network;
  const operations = new LayersOperations((layer) => network.folded(layer), network.backbone.name);
  const picture = operations.input('pixels', { h: size, w: size, c: 3 });
  const { logits, features } = network.run(operations, picture);
  const output = isMultiLabel ? operations.activate(logits, 'sigmoid') : logits;
  const unlikeness = distances && operations.nearest(features, distances, unlikenessLayer);
  const shards = cut(operations.weights);
  return {
    shards,
    json: {
      format: 'layers-model',
      generatedBy,
      convertedBy: null,
      modelTopology: {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: {
          class_name: 'Model',
          config: {
            name,
            layers: operations.layers,
            input_layers: [[picture.layer, 0, 0]],
            output_layers: [output.layer, ...(unlikeness === undefined ? [] : [unlikeness])].map(
              (layer) => [layer, 0, 0] as const,
            ),
          },
        },
      },
      weightsManifest: [
        {
          paths: shards.map((shard) => shard.name),
          weights: operations.weights.map((weight) => ({ name: weight.name, shape: weight.shape, dtype: 'float32' })),
        },
      ],
      userDefinedMetadata: metadata,
    },
  };
}

/** All weights, one after the other, in files of at most `shardBytes`. */
function cut(weights: readonly LayerWeight[]): { name: string; bytes: Uint8Array }[] {
  const total = weights.reduce((sum, { values }) => sum + values.byteLength, 0);
  const count = Math.ceil(total / shardBytes);
  const shards = Array.from({ length: count }, (_, index) => ({
    name: `group1-shard${index + 1}of${count}.bin`,
    bytes: new Uint8Array(Math.min(shardBytes, total - index * shardBytes)),
  }));
  let position = 0;
  for (const { values } of weights) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let from = 0; from < bytes.length;) {
      const within = position % shardBytes;
      const piece = bytes.subarray(from, from + shardBytes - within);
      shards[Math.floor(position / shardBytes)]!.bytes.set(piece, within);
      from += piece.length;
      position += piece.length;
    }
  }
  return shards;
}
