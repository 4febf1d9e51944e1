/** What the client asks of the program that draws contact sheets, and what it answers. */
import { z } from 'zod';
import { runSpecSchema } from '../spec/runSpec.js';

export const contactSheetRequestSchema = z.strictObject({
  spec: runSpecSchema,
  /** One row each. */
  pictures: z.array(z.strictObject({ name: z.string(), file: z.string() })).min(1),
  /** Columns. */
  views: z.number().int().positive(),
  /** Where the PNG goes. */
  out: z.string(),
});
export type ContactSheetRequest = z.infer<typeof contactSheetRequestSchema>;

/** How the sheet came out. */
export interface ContactSheet {
  width: number;
  height: number;
  /** Names of the pictures, top to bottom. */
  rows: string[];
  unreadable: { path: string; reason: string }[];
}
