/** A model's test on other pictures, on the screen. */
import type { PictureTest } from '../../contracts/models/pictureTest.js';
import { calibrationText } from '../../client/text/calibrationText.js';
import { counted, percent } from '../../client/text/format.js';
import { leakNote, pictureTestSentence } from '../../client/text/pictureTestText.js';
import { balanceOf } from '../../learning/metrics/balance.js';
import { section } from '../terminal/section.js';
import { facts, shortTable } from '../terminal/table.js';

/** Rows of the table. */
const mostShown = 20;

/** @param file of the report, if there is one */
export function pictureTestText(test: PictureTest, file: string | undefined): string {
  const { evaluation, leaks, unusable, notes, gone } = test;
  const { perClass, topK, macroF1, calibration, multiLabel } = evaluation;
  const balance = balanceOf(evaluation);
  const met = perClass.filter(({ support }) => support > 0).toSorted((a, b) => (a.recall ?? 0) - (b.recall ?? 0));
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  const parts = [
    pictureTestSentence(test),
    facts([
      ['balanced accuracy', balance && percent(balance.accuracy)],
      ['least recall', balance && `${percent(balance.least.recall)}, of ${balance.least.class}`],
      ...Object.entries(topK).map(([k, value]) => [`top-${k}`, percent(value)] as const),
      ['micro F1', multiLabel && percent(multiLabel.microF1)],
      ['macro F1', percent(macroF1)],
      ['calibration error', calibrationText(calibration.bins)],
      ['training', leakNote(test)],
      ['gone', gone === 0 ? undefined : `${counted(gone, 'picture')} had changed or gone`],
      ...notes.map((note, index) => [index === 0 ? 'note' : '', note] as const),
      ['report', file],
    ]),
    shortTable(
      ['class', 'pictures', ...(multiLabel ? ['average precision'] : []), 'recognised', 'precision', 'F1'],
      met.map(({ class: name, support, recall, precision, f1, averagePrecision }) => [
        ...[name, support, ...(multiLabel ? [share(averagePrecision ?? null)] : []), share(recall)],
        ...[share(precision), share(f1)],
      ]),
      mostShown,
    ),
    section(
      'Known from training',
      leaks.examples.map(({ path, kind }): [string, string] => [path, kind]),
      Object.values(leaks.counts).reduce((sum, count) => sum + count, 0),
    ),
    section(
      'Put aside',
      unusable.examples.map(({ path, reason }): [string, string] => [path, reason]),
      unusable.count,
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
