/** `datasets show`: what a dataset version holds, and what is odd about it. */
import { labelText } from '../../../contracts/data/labelSets.js';
import type { Command } from 'commander';
import type { DatasetManifest, DuplicateGroup } from '../../../contracts/data/dataset.js';
import type { Datasets } from '../../../storage/datasets/datasets.js';
import { versionText } from '../../display/datasetText.js';
import { sourceNames } from '../../../storage/datasets/sourceNames.js';
import { answer, createCommand } from '../../base/command.js';
import type { CommonOptions } from '../../base/command.js';
import { connect } from '../../base/connect.js';

export function showCommand(): Command {
  return createCommand(
    'show',
    'Show a dataset version: classes, splits, files put aside and duplicates.',
    'datasets show 3fa71d325cbe',
  )
    .argument('<version>', 'version, or its first digits')
    .action(async (beginning: string, options: CommonOptions) => {
      const { remarksOn } = await import('../../../learning/dataset/index.js');
      await using graftwork = await connect();
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
      const named = await sourceNames(graftwork.store, [manifest, ...sightings]);
      answer(options, value, () => versionText({ manifest, sightings }, remarks, quarantined, duplicates, named));
    });
}

async function contradictions(
  datasets: Datasets,
  manifest: DatasetManifest,
  groups: readonly DuplicateGroup[],
): Promise<string[]> {
  const { twoLabels, twoLabelsRemark } = await import('../../../learning/dataset/index.js');
  const found = twoLabels(groups);
  if (found.count === 0) return [];
  const sought = new Set(found.examples.flat());
  const classOf = new Map<string, string>();
  for await (const { path, label } of datasets.eachImage(manifest.version)) {
    if (sought.has(path)) classOf.set(path, labelText(manifest, label));
  }
  return twoLabelsRemark(found, classOf);
}
