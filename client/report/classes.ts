/** Each class by itself: how many of its pictures are recognised, and how sure that is. */
import type { Evaluation } from '../../contracts/evaluation.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';
import { percent } from '../display/format.js';
import { html, named, type Html, type HtmlValue } from './html.js';
import { numberColumn, table } from './table.js';

/** Rows up to which a table needs no folding. */
const mostUnfolded = 24;
const worstShown = 12;
/** Beyond it a table is no longer for reading: the model's card has all. */
const mostRows = 2_000;

export function classesSection({ perClass }: Evaluation): Html {
  if (perClass.length === 0) return html`<p>The tables of so many classes could not be found.</p>`;
  const worstFirst = perClass.toSorted((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2) || a.support - b.support);
  if (perClass.length <= mostUnfolded) return classTable(worstFirst, 'Classes, the weakest first');
  return html`${classTable(worstFirst.slice(0, worstShown), `The ${worstShown} weakest of ${perClass.length} classes`)}
    <details>
      <summary>
        ${perClass.length <= mostRows ? `All ${perClass.length} classes` : `The first ${mostRows} of ${perClass.length} classes`}
      </summary>
      ${classTable(perClass.slice(0, mostRows), 'Classes in their order')}
    </details>`;
}

function classTable(rows: Evaluation['perClass'], caption: string): Html {
  return table(
    ['class', ...['test pictures', 'recognised', '95 % interval', 'precision', 'F1'].map(numberColumn)],
    rows.map(({ class: name, support, precision, recall, f1 }) => [
      named(name),
      support,
      share(recall),
      recall === null ? '–' : interval(Math.round(recall * support), support),
      share(precision),
      f1 === null ? '–' : f1.toFixed(3),
    ]),
    caption,
  );
}

const share = (value: number | null): HtmlValue => (value === null ? '–' : percent(value));

function interval(hits: number, count: number): string {
  const [low, high] = wilsonInterval(hits, count);
  return `${percent(low)} to ${percent(high)}`;
}
