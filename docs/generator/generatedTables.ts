/** Tables of the sources in pages that a person writes. */
import { readFileSync } from 'node:fs';
import { metrics, servedName } from '../../contracts/metrics.js';
import { formats } from '../../learning/export/formats.js';

/**
 * The page with the table in its place: between `<!-- name … -->` and `<!-- end of name -->`.
 *
 * @throws Error when the page has no such place
 */
export function withTable(path: string, name: string, rows: readonly (readonly string[])[]): string {
  const page = readFileSync(path, 'utf8');
  const place = new RegExp(`(?<=^<!-- ${name}: .*-->\n\n).*?(?=\n\n<!-- end of ${name} -->$)`, 'ms');
  if (!place.test(page)) throw new Error(`${path} has no place for the table of ${name}`);
  return page.replace(place, () => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
}

export function formatRows(): string[][] {
  return [
    ['`--format`', 'the model'],
    ['---', '---'],
    ...Object.entries(formats).map(([name, { title }]) => [`\`${name}\``, title]),
  ];
}

export function metricRows(): string[][] {
  return [
    ['metric', 'kind', 'labels', 'meaning'],
    ['---', '---', '---', '---'],
    ...Object.values(metrics).map((metric) => [
      `\`${servedName(metric)}\``,
      metric.kind,
      metric.labels.map((label) => `\`${label}\``).join(', '),
      metric.help,
    ]),
  ];
}
