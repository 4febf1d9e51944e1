/** Golden files that hold the figures of a method, and not what a network gives. */
import type { TensorDeviation } from './golden.js';
import { compareTransferability, transferabilityFileSchema } from './transferabilityFigures.js';
import { compareTrust, trustFileSchema } from './trustFigures.js';

export interface ComparedFigures {
  cases: { name: string; tensors: TensorDeviation[] }[];
  /** The most that a figure may be off by. */
  tolerance: number;
}

/** @param content a golden file's, parsed @returns undefined where it is no file of figures */
export async function compareFigures(content: unknown): Promise<ComparedFigures | undefined> {
  const trust = trustFileSchema.safeParse(content);
  if (trust.success) {
    const cases = Object.entries(trust.data).map(([name, golden]) => ({ name, tensors: compareTrust(name, golden) }));
    return { cases, tolerance: 1e-4 };
  }
  const transferability = transferabilityFileSchema.safeParse(content);
  if (!transferability.success) return undefined;
  const cases: ComparedFigures['cases'] = [];
  for (const golden of transferability.data) {
    cases.push({ name: golden.tag, tensors: await compareTransferability(golden) });
  }
  return { cases, tolerance: 1e-6 };
}
