/** What a person has decided about the labels of a source, in a small file of its own: the pictures stay as they are. */
import { z } from 'zod';

/** Name of the file where it lies with its source: at the root of a folder, or beside a list. */
export const decisionsFileName = 'review.csv';

export const labelDecisions = ['keep', 'relabel', 'drop'] as const;
export type LabelDecisionKind = (typeof labelDecisions)[number];

/** Columns of the file that count, in the order in which they are written; further ones are for people. */
export const decisionColumns = ['path', 'decision', 'label', 'sha256'] as const;

/** What an ingest made of such a file, in the manifest of the version. */
export const appliedDecisionsSchema = z.strictObject({
  /** Address of the file. */
  uri: z.string(),
  /** Digest of its decisions, whatever else it says. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  kept: z.number().int().nonnegative(),
  relabelled: z.number().int().nonnegative(),
  dropped: z.number().int().nonnegative(),
});
export type AppliedDecisions = z.infer<typeof appliedDecisionsSchema>;

/** What they come to, in a sentence. */
export function decisionsText({ kept, relabelled, dropped }: AppliedDecisions): string {
  const counted = (count: number, one: string, many: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  const parts = [
    ...counted(relabelled, 'label is changed', 'labels are changed'),
    ...counted(dropped, 'picture is left out', 'pictures are left out'),
    ...counted(kept, 'label is confirmed', 'labels are confirmed'),
  ];
  return `A person has reviewed labels: ${parts.length === 0 ? 'nothing is decided yet' : parts.join(', ')}.`;
}
