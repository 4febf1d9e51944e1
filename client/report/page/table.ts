/** A table that scrolls on its own where the page is narrower, and can be scrolled by keyboard. */
import { html, type Html, type HtmlValue } from './html.js';

/** A column; those of numbers stand to the right. */
export type Column = string | { name: string; number: true };

export const numberColumn = (name: string): Column => ({ name, number: true });

const nameOf = (column: Column): string => (typeof column === 'string' ? column : column.name);
const kindOf = (column: Column | undefined): string => (typeof column === 'object' ? 'number' : '');

/** The first cell of a row names it. @param caption what the table is, for those who do not see where it stands */
export function table(columns: readonly Column[], rows: readonly (readonly HtmlValue[])[], caption?: string): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption ?? columns.map(nameOf).join(', ')}">
    <table>
      ${
        caption !== undefined &&
        html`<caption>
          ${caption}
        </caption>`
      }
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${kindOf(column)}">${nameOf(column)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([head, ...cells]) =>
            html`<tr>
              <th scope="row" class="${kindOf(columns[0])}">${head}</th>
              ${cells.map((cell, index) => html`<td class="${kindOf(columns[index + 1])}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Name and value, one below the other; pairs without a value are left out. */
export function facts(pairs: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl>
    ${pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
}
