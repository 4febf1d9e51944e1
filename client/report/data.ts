/** The pictures: how many of what, what was put aside, and which are there twice. */
import type { DatasetManifest, DuplicateGroup, Quarantined } from '../../contracts/dataset.js';
import type { RunResult } from '../../contracts/result.js';
import { count, counted, short } from '../display/format.js';
import { html, named, nothing, type Html } from './html.js';
import type { Leaks } from './leaks.js';
import { numberColumn, table } from './table.js';

/** Rows of a list shown; the command line has all of them. */
const mostListed = 30;
const mostClasses = 60;
const mostPaths = 6;

export interface DataFacts {
  dataset: RunResult['dataset'];
  /** null where the version is gone. */
  manifest: DatasetManifest | null;
  duplicates: readonly DuplicateGroup[];
  quarantined: readonly Quarantined[];
  leaks: Leaks | null;
}

export function dataSection({ dataset, manifest, duplicates, quarantined, leaks }: DataFacts): Html {
  if (dataset === null) return html`<p>No data set has been read yet.</p>`;
  const { counts, classes, version } = dataset;
  const command = html`<code>npx graftwork datasets show ${short(version)}</code>`;
  return html`<p>
      ${count(counts.train)} pictures to train on, ${count(counts.validation)} to validate, ${count(counts.test)} to
      test; ${counted(classes.length, 'class', 'classes')}.
      ${dataset.reused && 'An earlier run had read the very same source.'}
    </p>
    ${manifest !== null && classTable(manifest)} ${leakTable(leaks)}
    <h3>Duplicates</h3>
    ${duplicateTable(dataset, duplicates)}
    <h3>Put aside</h3>
    ${
      dataset.quarantined === 0
        ? html`<p>No file.</p>`
        : html`<p>${counted(dataset.quarantined, 'file')} could not be used.</p>
            ${table(
              ['file', 'reason', 'found'],
              quarantined
                .slice(0, mostListed)
                .map(({ path, reason, detail }) => [html`<code>${named(path)}</code>`, reason, detail]),
              'Files put aside',
            )}`
    }
    ${(duplicates.length > mostListed || quarantined.length > mostListed) && html`<p>The complete lists: ${command}</p>`}`;
}

function classTable({ classes, classCounts, splitOrigin }: DatasetManifest): Html {
  const splits = ['train', 'validation', 'test'] as const;
  const rows = table(
    ['class', ...splits.map(numberColumn)],
    classes
      .slice(0, 1000)
      .map((name, index) => [named(name), ...splits.map((split) => count(classCounts[split][index] ?? 0))]),
    'Pictures of each class in each split',
  );
  const origins = splits.map((split) => html`<li>${split}: ${splitOrigin[split]}</li>`);
  return html`<p>Where the splits come from:</p>
    <ul>
      ${origins}
    </ul>
    ${
      classes.length <= mostClasses
        ? rows
        : html`<details>
            <summary>${counted(classes.length, 'class', 'classes')} in numbers</summary>
            ${rows}
          </details>`
    }`;
}

function leakTable(leaks: Leaks | null): Html {
  if (leaks === null || leaks.paths.size === 0) return nothing;
  const paths = [...leaks.paths];
  return html`<h3>Leaks</h3>
    <p>Test pictures that are, exactly or nearly, among those trained or validated on: ${paths.length}.</p>
    <ul>
      ${paths.slice(0, mostListed).map((path) => html`<li><code>${named(path)}</code></li>`)}
      ${paths.length > mostListed && html`<li>and ${paths.length - mostListed} others</li>`}
    </ul>`;
}

function duplicateTable(
  { duplicates: all }: NonNullable<RunResult['dataset']>,
  groups: readonly DuplicateGroup[],
): Html {
  if (all.exact + all.near === 0) return html`<p>None, neither by bytes nor by looks.</p>`;
  const worst = groups.toSorted((a, b) => Number(b.acrossSplits) - Number(a.acrossSplits));
  return html`<p>
      ${counted(all.exact, 'group')} of identical files, ${counted(all.near, 'group')} of pictures that look alike;
      ${all.acrossSplits} in more than one split, ${all.acrossClasses} in more than one class.
    </p>
    ${table(
      ['kind', 'pictures', 'in more than one'],
      worst
        .slice(0, mostListed)
        .map(({ kind, paths, acrossSplits, acrossClasses }) => [
          kind,
          html`${paths.slice(0, mostPaths).map((path) => html`<code>${named(path)}</code> `)}
          ${paths.length > mostPaths && `and ${paths.length - mostPaths} others`}`,
          [acrossSplits && 'split (a leak)', acrossClasses && 'class (a wrong label)'].filter(Boolean).join(', ') ||
            '–',
        ]),
      'Groups of pictures that are there twice',
    )}`;
}
