/** Which classes are taken for which. */
import type { Evaluation } from '../../../contracts/data/evaluation.js';
import { confusionCells } from '../../../learning/metrics/confusion.js';
import { counted, percent } from '../../text/format.js';
import { html, named, type Html } from '../page/html.js';
import type { Section } from '../page/page.js';
import { numberColumn, table } from '../page/table.js';

/** Classes up to which the whole matrix can be read. */
const mostInMatrix = 20;
const mostPairs = 20;
/** Shades of a cell, from none to all pictures of its class. */
const shades = 9;

interface ConfusedPair {
  label: string;
  predicted: string;
  count: number;
  /** Of the pictures of the true class. */
  share: number;
}

/** Pairs of classes with the most pictures taken for the other one, most first. Pure. */
function confusedPairs(evaluation: Pick<Evaluation, 'confusion' | 'confusionCells' | 'perClass'>): ConfusedPair[] {
  const { perClass } = evaluation;
  return confusionCells(evaluation)
    .filter(([label, predicted]) => label !== predicted)
    .map(([label, predicted, count]) => ({
      label: perClass[label]?.class ?? String(label),
      predicted: perClass[predicted]?.class ?? String(predicted),
      count,
      share: count / (perClass[label]?.support ?? count),
    }))
    .sort((a, b) => b.count - a.count || b.share - a.share);
}

/** The section of a report; none for a multi-label model, whose labels are no alternatives. */
export function confusionOf(evaluation: Evaluation): Section[] {
  if (evaluation.multiLabel !== undefined) return [];
  return [{ id: 'confusion', title: 'Confusion matrix', body: confusionSection(evaluation) }];
}

function confusionSection(evaluation: Evaluation): Html {
  const classes = evaluation.perClass.length;
  if (classes === 0) return html`<p>The tables for so many classes could not be found.</p>`;
  const pairs = confusedPairs(evaluation);
  if (classes <= mostInMatrix) return matrix(evaluation);
  if (pairs.length === 0) return html`<p>No test picture was taken for another class.</p>`;
  const shown = pairs.slice(0, mostPairs);
  return html`<p>
      The test has ${classes} classes. This table shows the ${counted(shown.length, 'pair')} confused most, of
      ${counted(pairs.length, 'pair')} confused at all.
    </p>
    ${table(
      ['true class', 'taken for', numberColumn('pictures'), numberColumn('of the class')],
      shown.map(({ label, predicted, count, share }) => [named(label), named(predicted), count, percent(share)]),
      'Classes confused most',
    )}`;
}

function matrix({ confusion, perClass }: Evaluation): Html {
  const names = perClass.map((one) => one.class);
  const shade = (count: number, row: number): number =>
    count === 0 ? 0 : Math.max(1, Math.round((count / (perClass[row]?.support ?? count)) * shades));
  return html`<p>A row for each true class, a column for what its test pictures were taken for.</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="matrix">
        <thead>
          <tr>
            <td></td>
            ${names.map((name) => html`<th scope="col"><span>${named(name)}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${confusion.map(
            (row, label) =>
              html`<tr>
                <th scope="row">${named(names[label] ?? '')}</th>
                ${row.map(
                  (count, predicted) =>
                    html`<td class="${label === predicted ? 'right' : 'wrong'} shade-${shade(count, label)}">
                      ${count}
                    </td>`,
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
