/** The findings of a review as a table: the decisions are empty, and a person may fill them in with a spreadsheet. Pure. */
import { decisionColumns } from '../../../contracts/data/labelDecisions.js';
import type { LabelReview } from '../../runs/review.js';
import { findingKinds, reasonsOf } from './kinds.js';
import { decidedLabel } from './labelNames.js';

/** For people: the decisions are read without them. */
const furtherColumns = ['given', 'kind', 'why'] as const;

export function reviewCsv(review: LabelReview): string {
  const { findings } = review;
  const rows = findings.map((finding) => {
    const { picture, suggested } = finding;
    const kinds = findingKinds.filter(({ is }) => is(finding)).map(({ title }) => title.toLowerCase());
    return [
      ...[picture.path, '', suggested === undefined ? '' : decidedLabel(review, suggested), picture.sha256],
      ...[decidedLabel(review, picture.label), kinds.join('; '), reasonsOf(finding, review).join(' ')],
    ];
  });
  return [[...decisionColumns, ...furtherColumns], ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

function quoted(field: string): string {
  return /[",\r\n;]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
