/** `datasets show`: what a dataset version holds, and what is odd about it. */
import type { Command } from 'commander';
import type { DatasetManifest, DuplicateGroup, Quarantined } from '../../contracts/data/dataset.js';
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import { remarksOn, twoLabels, twoLabelsRemark } from '../../learning/dataset/index.js';
import type { Datasets } from '../../storage/datasets/datasets.js';
import { duplicateSummary, groupRemarks } from '../../client/text/duplicateText.js';
import { count, counted, moment } from '../../client/text/format.js';
import { section } from '../display/section.js';
import { facts, table } from '../display/table.js';
import { Graftwork } from '../../client/graftwork.js';
import { sourceNames, type SourceName } from '../../storage/datasets/sourceNames.js';
import { answer, createCommand } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';

export function showCommand(): Command {
  return createCommand(
    'show',
    'Show a dataset version: classes, splits, files put aside and duplicates.',
    'datasets show 3fa71d325cbe',
  )
    .argument('<version>', 'version, or its first digits')
    .action(async (beginning: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const { datasets } = graftwork;
      const version = await datasets.resolve(beginning);
      const [manifest, quarantined, duplicates, sightings] = await Promise.all([
        datasets.manifest(version),
        datasets.quarantined(version),
        datasets.duplicates(version),
        datasets.sightings(version),
      ]);
      const remarks = [...(await contradictions(datasets, manifest, duplicates)), ...remarksOn(manifest)];
      const value = { ...manifest, quarantine: quarantined, duplicateGroups: duplicates, sightings };
      const named = await sourceNames(graftwork.store, [manifest.uri, ...sightings.map(({ uri }) => uri)]);
      answer(options, value, () => versionText(manifest, remarks, quarantined, duplicates, sightings, named));
    });
}

async function contradictions(
  datasets: Datasets,
  { version, classes }: DatasetManifest,
  groups: readonly DuplicateGroup[],
): Promise<string[]> {
  const found = twoLabels(groups);
  if (found.count === 0) return [];
  const sought = new Set(found.examples.flat());
  const classOf = new Map<string, string>();
  for await (const { path, label } of datasets.eachImage(version)) {
    if (sought.has(path)) classOf.set(path, classes[label] ?? '');
  }
  return twoLabelsRemark(found, classOf);
}

function versionText(
  manifest: DatasetManifest,
  remarks: readonly string[],
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
      sightings.map(({ uri, firstAt, lastAt }) => `${named(uri)}  first ${moment(firstAt)}, last ${moment(lastAt)}`),
    ),
    section(
      'Put aside',
      quarantined.map(({ path, reason, detail }) => `${path}  ${reason}: ${detail}`),
    ),
    section(
      'Duplicates',
      duplicates.map((group) => {
        const kind = group.kind === 'exact' ? 'identical' : 'alike';
        const splits = group.splits === undefined ? [] : [`in ${group.splits.join(' and ')}`];
        return `${[kind, ...splits, ...groupRemarks(group)].join(', ')}: ${group.paths.join(' = ')}`;
      }),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
