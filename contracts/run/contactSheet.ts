/** What the client asks of the program that draws contact sheets, and what it answers. */
import { z } from 'zod';
import { runSpecSchema } from '../spec/runSpec.js';

/** What a sheet is written as, by the extension of its file. */
const sheetFormats = { '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg', '.webp': 'webp' } as const;
export type SheetFormat = (typeof sheetFormats)[keyof typeof sheetFormats];

/** Extensions of sheets, for messages. */
export const sheetExtensions = Object.keys(sheetFormats);

/** @param extension with its dot; empty: PNG @returns undefined for another one */
export function sheetFormat(extension: string): SheetFormat | undefined {
  const wanted = extension.toLowerCase() || '.png';
  return Object.entries(sheetFormats).find(([known]) => known === wanted)?.[1];
}

export const contactSheetRequestSchema = z.strictObject({
  spec: runSpecSchema,
  /** One row each. */
  pictures: z.array(z.strictObject({ name: z.string(), file: z.string() })).min(1),
  /** Columns. */
  views: z.number().int().positive(),
  /** File to write. */
  out: z.string(),
  format: z.enum(['png', 'jpeg', 'webp']),
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
