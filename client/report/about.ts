/** What stands at the head of a report: of which runs and which data it is, from when, and made by what. Pure. */
import { statusText } from '../../contracts/run/statusText.js';
import { count, counted, moment, short } from '../text/format.js';
import { version } from '../connection/version.js';
import { html, type Html } from './page/html.js';
import type { RunFacts } from './facts/runFacts.js';
import { facts } from './page/table.js';

/** @param at milliseconds since 1970. @returns as `2026-01-31 14:25 UTC` */
export function momentAt(at: number): string {
  return moment(new Date(at).toISOString());
}

function runText({ result, startedAt, card }: RunFacts): Html {
  const when =
    startedAt !== null
      ? `, started ${momentAt(startedAt)}`
      : card !== null
        ? `, its model registered ${moment(card.createdAt)}`
        : '';
  return html`<code>${result.run}</code>, ${statusText(result.status, result.promotion)}${when}`;
}

function dataText({ result: { dataset }, manifest, source }: RunFacts): Html {
  if (dataset === null) return html`not read yet`;
  const { uri, version: name, counts, classes } = dataset;
  const pictures = counts.train + counts.validation + counts.test;
  return html`<code>${source ?? uri}</code>, version
    <code>${short(name)}</code>${manifest !== null && ` of ${moment(manifest.createdAt)}`}:
    ${counted(pictures, 'picture')} of ${counted(classes.length, 'class', 'classes')}, ${count(counts.test)} to test`;
}

/** Of one run, or of two beside each other. @param at when the facts were so; milliseconds since 1970 */
export function aboutRuns(runs: readonly RunFacts[], at: number): Html {
  const versions = new Set(runs.map(({ result }) => result.dataset?.version));
  const rows = (name: string, of: readonly RunFacts[], text: (run: RunFacts) => Html) =>
    of.map((run, index) => [of.length > 1 ? `${name} ${index + 1}` : name, text(run)] as const);
  return html`<div class="about">
    ${facts([
      ...rows('run', runs, runText),
      ...rows('data set', versions.size === 1 ? runs.slice(0, 1) : runs, dataText),
      ['report', `made ${momentAt(at)} by Graftwork ${version}`],
    ])}
  </div>`;
}
