/** What each format consists of: its files, and how one sees that they are whole. */
import type { ExportFormat } from '../../contracts/models/export.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { NamedArrays } from '../backbones/architecture.js';
import { readSafetensors, safetensorsPieces } from '../arrays/safetensors.js';
import type { ExportedNetwork } from './exportedNetwork.js';
import { timmConfig } from './huggingFace/timmConfig.js';
import { timmParameters } from './huggingFace/timmModel.js';
import { faultOfOnnx } from './onnx/checkOnnx.js';
import { onnxModel } from './onnx/onnxModel.js';
import { preprocessing, type Preprocessing } from './preprocessing.js';
import { faultOfLayersModel } from './tfjs/checkLayersModel.js';
import { layersModel, layersModelFile, type LayersModelJson } from './tfjs/layersModel.js';

export interface ExportFile {
  name: string;
  pieces: readonly Uint8Array[];
}

export interface FormatFiles {
  files: ExportFile[];
  layout: Preprocessing['layout'];
  /**
   * Looks at the files as they lie on disk.
   * @returns what is wrong with them; undefined: nothing
   */
  fault: (read: (name: string) => Promise<Buffer>) => Promise<string | undefined>;
}

export interface ExportedModel {
  card: ModelCard;
  network: ExportedNetwork;
  /** The registered safetensors file. */
  registered: Uint8Array;
  /** Of this program. */
  version: string;
}

const parametersFile = 'model.safetensors';
const onnxFile = 'model.onnx';

/** @throws GW_EXPORT_UNSUPPORTED for a network the format cannot express */
export function formatFiles(format: ExportFormat, model: ExportedModel): FormatFiles {
  switch (format) {
    case 'onnx':
      return onnxFiles(model);
    case 'tfjs':
      return layersFiles(model);
    case 'safetensors':
      return {
        layout: 'NCHW',
        files: [{ name: parametersFile, pieces: [model.registered] }],
        fault: async (read) => faultOfSafetensors(await read(parametersFile), model.network.parameters),
      };
    case 'hf':
      return timmFiles(model);
  }
}

export function jsonFile(name: string, value: unknown): ExportFile {
  return { name, pieces: [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)] };
}

function onnxFiles({ card, network, version }: ExportedModel): FormatFiles {
  const bytes = onnxModel(network, {
    producerVersion: version,
    name: `${card.name}@${card.version}`,
    metadata: {
      labels: JSON.stringify(card.classes),
      preprocessing: JSON.stringify(preprocessing(card.input, 'NCHW')),
      parameters: card.parameters.sha256,
      license: card.backbone.license,
    },
  });
  return {
    layout: 'NCHW',
    files: [{ name: onnxFile, pieces: [bytes] }],
    fault: async (read) => faultOfOnnx(await read(onnxFile)),
  };
}

function layersFiles({ card, network, version }: ExportedModel): FormatFiles {
  const { json, shards } = layersModel(network, {
    name: card.name,
    generatedBy: `graftwork ${version}`,
    metadata: {
      model: `${card.name}@${card.version}`,
      labels: card.classes,
      parameters: card.parameters.sha256,
      license: card.backbone.license,
    },
  });
  return {
    layout: 'NHWC',
    files: [
      { name: layersModelFile, pieces: [Buffer.from(JSON.stringify(json))] },
      ...shards.map(({ name, bytes }) => ({ name, pieces: [bytes] })),
    ],
    fault: async (read) => {
      const written = JSON.parse((await read(layersModelFile)).toString()) as LayersModelJson;
      const sizes = new Map<string, number>();
      for (const { name } of shards) sizes.set(name, (await read(name)).byteLength);
      return faultOfLayersModel(written, sizes);
    },
  };
}

function timmFiles({ card, network }: ExportedModel): FormatFiles {
  const config = timmConfig(network.backbone, card);
  const parameters = timmParameters(network.backbone, network.parameters);
  return {
    layout: 'NCHW',
    files: [
      // transformers and the Hub need to know that the tensors are torch's; people who start from them, their licence.
      { name: parametersFile, pieces: safetensorsPieces(parameters, { format: 'pt', license: card.backbone.license }) },
      jsonFile('config.json', config),
    ],
    fault: async (read) => faultOfSafetensors(await read(parametersFile), parameters),
  };
}

/** Every parameter in its shape, and nothing else. The layout itself is checked by reading. */
function faultOfSafetensors(bytes: Buffer, parameters: NamedArrays): string | undefined {
  const { tensors } = readSafetensors(bytes, { name: parametersFile });
  const wrong = [...parameters].find(([name, { shape }]) => tensors.get(name)?.shape.join() !== shape.join());
  if (wrong !== undefined) return `'${wrong[0]}' is not in ${parametersFile} in its shape`;
  return tensors.size === parameters.size ? undefined : `${parametersFile} has tensors of no layer`;
}
