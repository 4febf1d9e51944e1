/** Numbers stay on one line with their units: “6 min 27 s” is one word to a reader. */

/** What text is looked at in: neither tags nor what is copied, named or drawn. */
const untouched = /(<(code|pre|bdi|svg|style|script)\b[\s\S]*?<\/\2\s*>|<[^>]*>)/;
const beforeUnit = /(\d) (?=(?:%|s|min|h|ms|B|kB|MB|GB|TB|points?|nats)(?![\p{L}\d]))/gu;
const withinDuration = /(\d\u00A0(?:min|h)) (?=\d)/g;

/** @param markup of a whole page, as `html` makes it: no tag has a `>` in an attribute */
export function withUnbrokenUnits(markup: string): string {
  const parts = markup.split(untouched);
  // Of three parts: text, what is left alone, and the name of its element or nothing.
  return parts
    .map((part, index) =>
      index % 3 === 2
        ? ''
        : index % 3 === 1
          ? part
          : part.replace(beforeUnit, '$1\u00A0').replace(withinDuration, '$1\u00A0'),
    )
    .join('');
}
