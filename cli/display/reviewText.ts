/** What a review has found, on the screen. */
import type { LabelReview } from '../../client/runs/review.js';
import { findingKinds, reviewNotes, reviewSentence } from '../../client/report/review/kinds.js';
import { shownLabel } from '../../client/report/review/labelNames.js';
import { count, percent } from '../../client/text/format.js';
import { facts, shortTable } from '../terminal/table.js';

/** Rows of the table. */
const mostShown = 10;

/** @param files that were written */
export function reviewText(review: LabelReview, files: { page: string; findings: string }): string {
  const { counts, findings } = review;
  const doubted = findings.filter(({ doubt }) => doubt !== undefined);
  const parts = [
    reviewSentence(review),
    facts([
      ...findingKinds.map(({ id, title }) => [title.toLowerCase(), count(counts[id])] as const),
      ...reviewNotes(review).map((remark, index) => [index === 0 ? 'note' : '', remark] as const),
      ['page', files.page],
      ['table', files.findings],
    ]),
    doubted.length === 0
      ? ''
      : shortTable(
          ['picture', 'label', 'rather', 'sure of it'],
          doubted.map(({ picture, suggested, doubt }) => [
            ...[picture.path, shownLabel(review, picture.label)],
            suggested === undefined ? '' : shownLabel(review, suggested),
            percent(doubt?.other ?? 0),
          ]),
          mostShown,
        ),
    findings.length === 0
      ? ''
      : `Next:\n  open ${files.page}, decide, and save review.csv\n  npx graftwork train <images> --labels review.csv`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
