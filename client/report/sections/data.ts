/** The pictures: how many of what, what was put aside, and which are there twice. */
import type { DatasetManifest, DuplicateGroup, Quarantined, Split } from '../../../contracts/data/dataset.js';
import type { RunResult } from '../../../contracts/run/result.js';
import { duplicateSummary, groupKind, groupRemarks, splitsOfGroup } from '../../text/duplicateText.js';
import { count, counted, short } from '../../text/format.js';
import { pictureNotes } from '../../text/pictureNotes.js';
import { html, named, nothing, type Html } from '../page/html.js';
import type { Leaks } from '../leaks/leaks.js';
import { numberColumn, table } from '../page/table.js';

/** Rows of a list shown; the command line has all of them. */
const mostListed = 30;
const mostClasses = 60;
const mostPaths = 6;

export interface DataFacts {
  dataset: RunResult['dataset'];
  partlySeen: RunResult['partlySeen'];
  /** undefined where nobody looked. */
  labels: RunResult['labels'];
  /** null where the version is gone. */
  manifest: DatasetManifest | null;
  duplicates: readonly DuplicateGroup[];
  quarantined: readonly Quarantined[];
  leaks: Leaks | null;
  /** Of the pictures in groups that cross splits. */
  splitOf: ReadonlyMap<string, Split>;
}

export function dataSection({
  dataset,
  partlySeen,
  labels,
  manifest,
  duplicates,
  quarantined,
  leaks,
  splitOf,
}: DataFacts): Html {
  if (dataset === null) return html`<p>No data set has been read yet.</p>`;
  const { counts, classes, version } = dataset;
  const command = html`<code>npx graftwork datasets show ${short(version)}</code>`;
  return html`<p>
      ${count(counts.train)} pictures to train on, ${count(counts.validation)} to validate, ${count(counts.test)} to
      test; ${counted(classes.length, 'class', 'classes')}.
      ${dataset.reused && 'An earlier run had already read the same source.'}
    </p>
    ${
      dataset.remarks !== undefined &&
      html`<ul>
        ${dataset.remarks.map((remark) => html`<li>${remark}</li>`)}
      </ul>`
    }
    ${pictureNotes({ dataset, partlySeen, labels }).map((note) => html`<p>Note: ${note}</p>`)}
    ${manifest !== null && classTable(manifest)}
    ${leakTable(
      leaks,
      duplicates.some(({ kind }) => kind === 'group'),
    )}
    <h3>Duplicates</h3>
    ${duplicateTable(dataset, duplicates, splitOf)}
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

function leakTable(leaks: Leaks | null, hasGroups: boolean): Html {
  if (leaks === null || leaks.paths.size === 0) return nothing;
  const paths = [...leaks.paths];
  return html`<h3>Leaks</h3>
    <p>
      ${counted(paths.length, 'test picture')} ${paths.length === 1 ? 'was' : 'were'} also used, identical or nearly
      identical${hasGroups && ' or as another picture of the same group'}, for training or validation.
    </p>
    <ul>
      ${paths.slice(0, mostListed).map((path) => html`<li><code>${named(path)}</code></li>`)}
      ${paths.length > mostListed && html`<li>and ${paths.length - mostListed} others</li>`}
    </ul>`;
}

function duplicateTable(
  { duplicates: counts }: NonNullable<RunResult['dataset']>,
  groups: readonly DuplicateGroup[],
  splitOf: ReadonlyMap<string, Split>,
): Html {
  const rank = (group: DuplicateGroup): number =>
    group.acrossSplits ? (splitsOfGroup(group, splitOf).includes('test') ? 0 : 1) : group.acrossClasses ? 2 : 3;
  const worst = groups.toSorted((a, b) => rank(a) - rank(b)).slice(0, mostListed);
  const summary = duplicateSummary(withLeaks(counts, groups, splitOf));
  return html`<p>${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.</p>
    ${
      worst.length > 0 &&
      table(
        ['kind', 'pictures', 'splits', 'remark'],
        worst.map((group) => [
          groupKind(group),
          pathList(group, splitOf),
          splitsOfGroup(group, splitOf).join(', ') || '–',
          groupRemarks(group, splitOf).join('; ') || '–',
        ]),
        `Groups of duplicate pictures${groups.length > mostListed ? `: ${mostListed} of ${count(groups.length)}` : ''}`,
      )
    }`;
}

/** The ingest of older versions did not count the leaks: they are counted where the split of every picture is known. */
function withLeaks(
  counts: DatasetManifest['duplicates'],
  groups: readonly DuplicateGroup[],
  splitOf: ReadonlyMap<string, Split>,
): DatasetManifest['duplicates'] {
  const crossing = groups.filter(({ acrossSplits }) => acrossSplits);
  const isKnown = crossing.every(({ paths }) => paths.every((path) => splitOf.has(path)));
  if (counts.intoTest !== undefined || crossing.length !== counts.acrossSplits || !isKnown) return counts;
  return { ...counts, intoTest: crossing.filter((group) => splitsOfGroup(group, splitOf).includes('test')).length };
}

/** Each path with its split, where the group has more than one. */
function pathList({ paths, acrossSplits }: DuplicateGroup, splitOf: ReadonlyMap<string, Split>): Html {
  return html`<ul class="paths">
    ${paths.slice(0, mostPaths).map((path) => {
      const split = acrossSplits && splitOf.get(path);
      return html`<li><code>${named(path)}</code>${split && html` <span class="quiet">${split}</span>`}</li>`;
    })}
    ${paths.length > mostPaths && html`<li>and ${counted(paths.length - mostPaths, 'other')}</li>`}
  </ul>`;
}
