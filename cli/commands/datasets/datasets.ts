import type { Command } from 'commander';
import pMap from 'p-map';
import type { GraftworkError } from '../../../contracts/errors.js';
import { errorText } from '../../../contracts/errorText.js';
import { diffDatasets, type ComparedImage } from '../../../storage/datasets/datasetDiff.js';
import type { Datasets } from '../../../storage/datasets/datasets.js';
import { sourceNames } from '../../../storage/datasets/sourceNames.js';
import { short } from '../../../client/text/format.js';
import { datasetsTable, diffText } from '../../display/datasetText.js';
import { errorJson } from '../../display/errorJson.js';
import { answer, createCommand, createGroup, say } from '../../base/command.js';
import type { CommonOptions } from '../../base/command.js';
import { connect } from '../../base/connect.js';
import { findCommand, forgetCommand, forgottenCommand } from './datasetsPictures.js';
import { showCommand } from './datasetsShow.js';
import { syncCommand } from './datasetsSync.js';

/** Versions whose sightings are read at once. */
const versionsAtOnce = 16;

export function datasetsCommand(): Command {
  return createGroup('datasets', 'Dataset versions: the contents of a source, and the problems found in it.', [
    list(),
    showCommand(),
    diff(),
    syncCommand(),
    findCommand(),
    forgetCommand(),
    forgottenCommand(),
  ]);
}

function list(): Command {
  return createCommand(
    'list',
    'List dataset versions, newest first. Exit code 1 if one of them is damaged.',
    'datasets list',
  ).action(async (options: CommonOptions) => {
    await using graftwork = await connect();
    const damaged: { version: string; error: GraftworkError }[] = [];
    const listed = await graftwork.datasets.list((version, error) => damaged.push({ version, error }));
    const manifests = listed.map(({ manifest }) => manifest);
    const met = await pMap(
      manifests,
      async (manifest) => ({ manifest, sightings: await graftwork.datasets.sightings(manifest.version) }),
      { concurrency: versionsAtOnce },
    );
    const named = await sourceNames(graftwork.store, manifests);
    answer(options, [...manifests, ...damaged.map(({ version, error }) => ({ version, ...errorJson(error) }))], () =>
      listed.length + damaged.length === 0 ? 'No datasets yet.' : datasetsTable(met, named),
    );
    for (const { version, error } of damaged) say(`${short(version)}: ${errorText(error, options.verbose === true)}`);
    if (damaged.length > 0) process.exitCode = 1;
  });
}

function diff(): Command {
  return createCommand('diff', 'Show what changed between two dataset versions.', 'datasets diff 3fa71d 9b02ce')
    .argument('<before>', 'version, or its first digits')
    .argument('<after>', 'version, or its first digits')
    .action(async (before: string, after: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const changes = diffDatasets(await side(graftwork.datasets, before), await side(graftwork.datasets, after));
      answer(options, changes, () => diffText(changes));
    });
}

async function side(datasets: Datasets, beginning: string): Promise<Parameters<typeof diffDatasets>[0]> {
  const version = await datasets.resolve(beginning);
  const { classes, labelSets } = await datasets.manifest(version);
  const images: ComparedImage[] = [];
  for await (const { path, sha256, label, split } of datasets.eachImage(version)) {
    images.push({ path, sha256, label, split });
  }
  return { classes, labelSets, images };
}
