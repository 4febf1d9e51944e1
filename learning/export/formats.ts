/** Every format of export, by its name at the command line. */
import type { ExportFormat } from '../../contracts/models/export.js';
import type { Format } from './format.js';
import { timmFormat } from './huggingFace/timmFormat.js';
import { onnxFormat } from './onnx/onnxFormat.js';
import { layersFormat } from './tfjs/layersFormat.js';
import { safetensorsFormat } from './torch/safetensorsFormat.js';

export const formats: Record<ExportFormat, Format> = {
  onnx: onnxFormat,
  tfjs: layersFormat,
  safetensors: safetensorsFormat,
  hf: timmFormat,
};
