/** Which version of which model. */
import { z } from 'zod';
import { nameSchema } from '../../names.js';

export const modelReferenceSchema = z.strictObject({ name: nameSchema, version: z.number().int().positive() });
export type ModelReference = z.infer<typeof modelReferenceSchema>;
