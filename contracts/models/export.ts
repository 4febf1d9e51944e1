/** Exports: registered models as folders that other runtimes read. */
import { z } from 'zod';
import { modelReferenceSchema } from './modelCard.js';

/**
 * `onnx`: one file for onnxruntime and its like. `tfjs`: a layers model of TensorFlow.js. `safetensors`: the parameters as they
 * are, in torch names. `hf`: a folder of the Hugging Face Hub, in timm's names.
 */
export const exportFormats = ['onnx', 'tfjs', 'safetensors', 'hf'] as const;
export const exportFormatSchema = z.enum(exportFormats);
export type ExportFormat = z.infer<typeof exportFormatSchema>;

export const modelExportSchema = z.strictObject({
  format: z.literal(1),
  model: modelReferenceSchema,
  as: exportFormatSchema,
  /** Absolute path. */
  folder: z.string(),
  /** What lies in it, by name. */
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
  /** Where what was in the folder before lies now; null: nothing was, or an earlier export, which was replaced. */
  movedAside: z.string().nullable(),
});
export type ModelExport = z.infer<typeof modelExportSchema>;
