/** A registered model version: its parameters' digest and everything one must know to use, judge and reproduce it. */
import { z } from 'zod';
import { digest } from '../digest.js';
import { evaluationSchema } from '../data/evaluation.js';
import { appliedDecisionsSchema } from '../data/labelDecisions.js';
import { fittedCalibrationSchema } from '../data/fittedCalibration.js';
import { nameSchema } from '../names.js';
import { backbonePlanSchema, inputSchema } from '../spec/plan.js';
import { runSpecSchema } from '../spec/runSpec.js';

export { modelReferenceSchema, type ModelReference } from '../spec/sources/modelReference.js';

export const modelCardSchema = z.strictObject({
  format: z.literal(1),
  name: nameSchema,
  version: z.number().int().positive(),
  createdAt: z.string(),
  run: z.string(),
  classes: z.array(z.string()).min(2),
  /** Left out: each picture has one of the classes. */
  task: z.literal('multi-label').optional(),
  backbone: backbonePlanSchema,
  input: inputSchema,
  /** Digest and size of the safetensors object with all parameters, in torch names. */
  parameters: z.strictObject({
    sha256: digest,
    bytes: z.number().int().positive(),
    count: z.number().int().positive(),
  }),
  dataset: z.strictObject({
    version: digest,
    uri: z.string(),
    counts: z.strictObject({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
    quarantined: z.number().int(),
    /** What a person had decided about labels; left out where there was no such file. */
    decisions: appliedDecisionsSchema.optional(),
  }),
  spec: runSpecSchema,
  stages: z.array(z.strictObject({ name: z.string(), kept: z.boolean(), reason: z.string() })),
  evaluation: evaluationSchema,
  /** Left out: the model answers as it was trained, at temperature 1, and has no prediction sets. */
  calibration: fittedCalibrationSchema.optional(),
  /** Content keys of the plan and of the stored evaluation. Not in older cards. */
  keys: z.strictObject({ plan: digest, evaluation: digest }).optional(),
  versions: z.record(z.string(), z.string()),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
