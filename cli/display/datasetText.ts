/** Dataset versions, and what distinguishes two of them, on the screen. */
import type { DatasetManifest, DuplicateGroup, Quarantined } from '../../contracts/data/dataset.js';
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import { remarksOn } from '../../learning/dataset/index.js';
import type { DatasetDiff } from '../../storage/datasets/datasetDiff.js';
import type { SourceName } from '../../storage/datasets/sourceNames.js';
import { duplicateSummary, groupRemarks } from '../../client/text/duplicateText.js';
import { count, counted, moment, short } from '../../client/text/format.js';
import { facts, items, table } from './table.js';

/** Lines of each kind printed for a person; `--json` has them all. */
const shown = 20;

/** One row for each version. */
export function datasetsTable(manifests: readonly DatasetManifest[], named: SourceName): string {
  return table(
    ['version', 'made', 'train', 'validation', 'test', 'classes', 'put aside', 'source'],
    manifests.map(({ version, createdAt, counts, classes, quarantined, uri, redactions }) => [
      short(version),
      moment(createdAt),
      counts.train,
      counts.validation,
      counts.test,
      classes.length,
      quarantined,
      redactions === undefined ? named(uri) : `${named(uri)} (retired)`,
    ]),
  );
}

/** A version: its figures, its classes, and what was found in it. */
export function versionText(
  manifest: DatasetManifest,
  quarantined: readonly Quarantined[],
  duplicates: readonly DuplicateGroup[],
  sightings: readonly DatasetSighting[],
  named: SourceName,
): string {
  const { classes, classCounts, splitOrigin } = manifest;
  const parts = [
    facts([
      ['version', manifest.version],
      ['source', named(manifest.uri)],
      ['made', moment(manifest.createdAt)],
      ...(['train', 'validation', 'test'] as const).map(
        (split) => [split, `${count(manifest.counts[split])} images, ${splitOrigin[split]}`] as const,
      ),
      ['put aside', String(quarantined.length)],
      [
        'forgotten',
        manifest.redactions && `${counted(manifest.redactions.length, 'picture')} since: no run trains on it any more`,
      ],
      ['duplicates', duplicateSummary(manifest.duplicates)],
      ...remarksOn(manifest).map((remark, index): [string, string] => [index === 0 ? 'note' : '', remark]),
    ]),
    table(
      ['class', 'train', 'validation', 'test'],
      classes.map((name, index) => [
        name,
        classCounts.train[index] ?? 0,
        classCounts.validation[index] ?? 0,
        classCounts.test[index] ?? 0,
      ]),
    ),
    section(
      'Found at',
      sightings.map(({ uri, firstAt, lastAt }) => [named(uri), `first ${moment(firstAt)}, last ${moment(lastAt)}`]),
    ),
    section(
      'Put aside',
      quarantined.map(({ path, reason, detail }) => [path, `${reason}: ${detail}`]),
    ),
    section(
      'Duplicates',
      duplicates.map((group) => {
        const kind = group.kind === 'exact' ? 'identical' : 'alike';
        const splits = group.splits === undefined ? [] : [`in ${group.splits.join(' and ')}`];
        return [`${[kind, ...splits, ...groupRemarks(group)].join(', ')}:`, group.paths.join(' = ')];
      }),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What changed between two versions, in sections. */
export function diffText(changes: DatasetDiff): string {
  const parts = [
    section('Classes added', changes.classesAdded),
    section('Classes removed', changes.classesRemoved),
    section('Added', changes.added),
    section('Removed', changes.removed),
    section('Changed', changes.changed),
    section(
      'Relabelled',
      changes.relabelled.map(({ path, from, to }) => [`${path}:`, `${from} → ${to}`]),
    ),
    section(
      'Moved',
      changes.moved.map(({ path, from, to }) => [`${path}:`, `${from} → ${to}`]),
    ),
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'The two versions hold the same images.' : parts.join('\n\n');
}

function section(title: string, lines: readonly (string | readonly [string, string])[]): string {
  if (lines.length === 0) return '';
  const more = lines.length > shown ? [`  … and ${count(lines.length - shown)} more (--json lists all)`] : [];
  const pairs = lines.slice(0, shown).map((line) => (typeof line === 'string' ? ([line, ''] as const) : line));
  return [`${title} (${count(lines.length)}):`, ...items(pairs), ...more].join('\n');
}
