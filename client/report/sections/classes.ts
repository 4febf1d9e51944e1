/** Each class by itself: how many of its pictures are recognised, and how sure that is. */
import type { Evaluation, MultiLabelFigures } from '../../../contracts/data/evaluation.js';
import { wilsonInterval } from '../../../learning/metrics/interval.js';
import { judgeClass } from '../../../learning/metrics/judgement.js';
import { percent } from '../../text/format.js';
import { html, named, type Html, type HtmlValue } from '../page/html.js';
import { judged } from './judged.js';
import { numberColumn, table } from '../page/table.js';

/** Rows up to which a table needs no folding. */
const mostUnfolded = 24;
const worstShown = 12;
/** Beyond it a table is no longer for reading: the model's card has all. */
const mostRows = 2_000;

export function classesSection(evaluation: Evaluation): Html {
  const { perClass, top1 } = evaluation;
  if (perClass.length === 0) return html`<p>The tables for so many classes could not be found.</p>`;
  if (evaluation.multiLabel !== undefined) return labelsTable(perClass, evaluation.multiLabel);
  const worstFirst = perClass.toSorted((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || a.support - b.support);
  if (perClass.length <= mostUnfolded) return classTable(worstFirst, top1, 'Classes, the least recognised first');
  return html`${classTable(worstFirst.slice(0, worstShown), top1, `The ${worstShown} least recognised of ${perClass.length} classes`)}
    <details>
      <summary>
        ${perClass.length <= mostRows ? `All ${perClass.length} classes` : `The first ${mostRows} of ${perClass.length} classes`}
      </summary>
      ${classTable(perClass.slice(0, mostRows), top1, 'Classes in their order')}
    </details>`;
}

function labelsTable(rows: Evaluation['perClass'], { labels, given }: MultiLabelFigures): Html {
  const worstFirst = rows.toSorted((a, b) => (a.averagePrecision ?? 2) - (b.averagePrecision ?? 2));
  return html`<p>
      A test picture has ${labels.toFixed(2)} labels on the mean, and is given ${given.toFixed(2)}. A picture is given a
      label when its probability reaches the label's threshold, which validation pictures chose by F1.
    </p>
    ${table(
      ['label', ...['test pictures', 'average precision', 'threshold', 'precision', 'recall', 'F1'].map(numberColumn)],
      worstFirst
        .slice(0, mostRows)
        .map(({ class: name, support, averagePrecision, threshold, precision, recall, f1 }) => [
          named(name),
          support,
          share(averagePrecision ?? null),
          threshold?.toFixed(3) ?? '–',
          ...[share(precision), share(recall), share(f1)],
        ]),
      'Labels, those of the least average precision first',
    )}`;
}

function classTable(rows: Evaluation['perClass'], top1: number, caption: string): Html {
  return table(
    ['class', ...['test pictures', 'recognised', '95 % interval', 'precision', 'F1'].map(numberColumn), 'judgement'],
    rows.map((row) => {
      const { class: name, support, precision, recall, f1 } = row;
      return [
        named(name),
        support,
        share(recall),
        recall === null ? '–' : interval(Math.round(recall * support), support),
        share(precision),
        share(f1),
        judged(judgeClass(row, top1)),
      ];
    }),
    caption,
  );
}

const share = (value: number | null): HtmlValue => (value === null ? '–' : percent(value));

function interval(hits: number, count: number): string {
  const [low, high] = wilsonInterval(hits, count);
  return `${percent(low)} to ${percent(high)}`;
}
