/** Dataset versions, on the screen: a list of them, all of one, and what changed between two. */
import { decisionsText } from '../../contracts/data/labelDecisions.js';
import type { DatasetManifest, DuplicateGroup, Quarantined } from '../../contracts/data/dataset.js';
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import type { DatasetDiff } from '../../storage/datasets/datasetDiff.js';
import { namedSightings, namesAt } from '../../storage/datasets/namedSightings.js';
import type { SourceName } from '../../storage/datasets/sourceNames.js';
import { duplicateSummary, groupKind, groupRemarks } from '../../client/text/duplicateText.js';
import { count, counted, moment, short } from '../../client/text/format.js';
import { section } from '../terminal/section.js';
import { facts, table } from '../terminal/table.js';

/** A version, with the places where it was met. */
export interface MetVersion {
  manifest: DatasetManifest;
  sightings: readonly DatasetSighting[];
}

/** One row for each version. */
export function datasetsTable(versions: readonly MetVersion[], named: SourceName): string {
  return table(
    ['version', 'made', 'train', 'validation', 'test', 'classes', 'put aside', 'source'],
    versions.map(({ manifest, sightings }) => {
      const { version, createdAt, counts, classes, quarantined, uri, redactions } = manifest;
      const [source, ...others] = namesAt(uri, sightings, named);
      const also = others.length === 0 ? '' : ` and ${count(others.length)} more`;
      return [
        short(version),
        moment(createdAt),
        counts.train,
        counts.validation,
        counts.test,
        classes.length,
        quarantined,
        `${source}${also}${redactions === undefined ? '' : ' (retired)'}`,
      ];
    }),
  );
}

/**
 * A version: its figures, its classes, and what was found in it.
 * @param remarks what a person should know of it, in sentences
 */
export function versionText(
  { manifest, sightings }: MetVersion,
  remarks: readonly string[],
  quarantined: readonly Quarantined[],
  duplicates: readonly DuplicateGroup[],
  named: SourceName,
): string {
  const { classes, classCounts, splitOrigin } = manifest;
  const parts = [
    facts([
      ['version', manifest.version],
      ['source', namesAt(manifest.uri, sightings, named).join(', ')],
      ['made', moment(manifest.createdAt)],
      ...(['train', 'validation', 'test'] as const).map(
        (split) => [split, `${count(manifest.counts[split])} images, ${splitOrigin[split]}`] as const,
      ),
      ['put aside', String(quarantined.length)],
      [
        'forgotten',
        manifest.redactions && `${counted(manifest.redactions.length, 'picture')} since: no run trains on it any more`,
      ],
      ['reviewed', manifest.decisions && decisionsText(manifest.decisions)],
      ['groups', manifest.groups && groupText(manifest.groups)],
      ['drawn together', alikeText(manifest.drawn?.alike)],
      ['duplicates', duplicateSummary(manifest.duplicates)],
      ...remarks.map((remark, index): [string, string] => [index === 0 ? 'note' : '', remark]),
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
      namedSightings(sightings, named).map(({ name, firstAt, lastAt }) => [
        name,
        `first ${moment(firstAt)}, last ${moment(lastAt)}`,
      ]),
    ),
    section(
      'Put aside',
      quarantined.map(({ path, reason, detail }) => [path, `${reason}: ${detail}`]),
    ),
    section(
      'Duplicates',
      duplicates.map((group) => {
        const splits = group.splits === undefined ? [] : [`in ${group.splits.join(' and ')}`];
        return [`${[groupKind(group), ...splits, ...groupRemarks(group)].join(', ')}:`, group.paths.join(' = ')];
      }),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function groupText({ by, count: groups, pictures, largest }: NonNullable<DatasetManifest['groups']>): string {
  const where = by === undefined ? 'by the column group' : `by ${by}`;
  return `${counted(groups, 'group')} with ${counted(pictures, 'picture')}, at most ${count(largest)} in one, ${where}`;
}

function alikeText(groups: number | undefined): string | undefined {
  return groups === undefined ? undefined : `${counted(groups, 'group')} of pictures that look alike`;
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
