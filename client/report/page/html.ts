/**
 * HTML from templates that escape whatever is put into them: names of classes and files come from strangers. Only what was
 * itself made here goes in as it is.
 */

/** Markup that may go into a page as it is. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template takes; null, undefined and false leave nothing behind. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Text safe between tags and within quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A template tag. Attributes must be quoted in the template. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(
    parts.reduce((markup, part, index) => markup + part + (index < values.length ? markupOf(values[index]) : ''), ''),
  );
}

/** Nothing at all. */
export const nothing = new Html('');

/** A name somebody chose: set off from its surroundings, so that its writing direction does not turn them round. */
export function named(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** The same within plain text, where markup cannot go: Unicode's first strong isolate and its end. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}

function markupOf(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(markupOf).join('');
}
