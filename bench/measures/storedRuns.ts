/** Runs of a measurement that takes hours: a line of JSON each, so that it goes on with those that are missing. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';

/** @returns the runs that stand in the file; none where there is no file yet @throws ZodError for a line of another measurement */
export async function readRuns<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.infer<Schema>[]> {
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => schema.parse(JSON.parse(line)));
}
