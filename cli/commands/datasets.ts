import type { Command } from 'commander';
import type { GraftworkError } from '../../contracts/errors.js';
import { diffDatasets, type ComparedImage } from '../../storage/datasets/datasetDiff.js';
import type { Datasets } from '../../storage/datasets/datasets.js';
import { errorText } from '../../contracts/errorText.js';
import { errorJson } from '../display/errorJson.js';
import { count, counted, short } from '../../client/text/format.js';
import { datasetsTable, diffText, versionText } from '../display/datasetText.js';
import { Graftwork } from '../../client/graftwork.js';
import { createProgressDisplay } from '../display/progressDisplay.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { interruptible } from '../follow/interrupted.js';
import { leftOutText } from '../../client/folders/leftOut.js';
import { sourceNames } from '../../storage/datasets/sourceNames.js';
import { answer, createCommand, createGroup, createWorkCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { findCommand, forgetCommand, forgottenCommand } from './datasetsPictures.js';

export function datasetsCommand(): Command {
  return createGroup('datasets', 'Dataset versions: the contents of a source, and the problems found in it.', [
    list(),
    show(),
    diff(),
    sync(),
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
    await using graftwork = await Graftwork.connect();
    const damaged: { version: string; error: GraftworkError }[] = [];
    const listed = await graftwork.datasets.list((version, error) => damaged.push({ version, error }));
    const manifests = listed.map(({ manifest }) => manifest);
    const named = await sourceNames(
      graftwork.store,
      manifests.map(({ uri }) => uri),
    );
    answer(options, [...manifests, ...damaged.map(({ version, error }) => ({ version, ...errorJson(error) }))], () =>
      listed.length + damaged.length === 0 ? 'No datasets yet.' : datasetsTable(manifests, named),
    );
    for (const { version, error } of damaged) say(`${short(version)}: ${errorText(error, options.verbose === true)}`);
    if (damaged.length > 0) process.exitCode = 1;
  });
}

function show(): Command {
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
      const value = { ...manifest, quarantine: quarantined, duplicateGroups: duplicates, sightings };
      const named = await sourceNames(graftwork.store, [manifest.uri, ...sightings.map(({ uri }) => uri)]);
      answer(options, value, () => versionText(manifest, quarantined, duplicates, sightings, named));
    });
}

function diff(): Command {
  return createCommand('diff', 'Show what changed between two dataset versions.', 'datasets diff 3fa71d 9b02ce')
    .argument('<before>', 'version, or its first digits')
    .argument('<after>', 'version, or its first digits')
    .action(async (before: string, after: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const changes = diffDatasets(await side(graftwork.datasets, before), await side(graftwork.datasets, after));
      answer(options, changes, () => diffText(changes));
    });
}

async function side(datasets: Datasets, beginning: string): Promise<Parameters<typeof diffDatasets>[0]> {
  const version = await datasets.resolve(beginning);
  const { classes } = await datasets.manifest(version);
  const images: ComparedImage[] = [];
  for await (const { path, sha256, label, split } of datasets.eachImage(version)) {
    images.push({ path, sha256, label, split });
  }
  return { classes, images };
}

function sync(): Command {
  return createWorkCommand(
    'sync',
    'Copy a folder into a bucket, for a schedule to read. Only changed files are sent.',
    'datasets sync photos/ s3://graftwork/photos',
  )
    .argument('<folder>', 'local folder')
    .argument('<uri>', 's3://bucket/prefix')
    .option('--delete', 'delete objects that have no file in the folder any more')
    .action(async (folder: string, uri: string, options: CommonOptions & { delete?: boolean }) => {
      await ensureStack(say);
      await using graftwork = await Graftwork.connect();
      using display = createProgressDisplay();
      const synced = await interruptible(
        () => 'Stopped. Files already sent are kept. Run the same command again to continue.',
        (signal) =>
          graftwork.sync(folder, uri, {
            deletes: options.delete === true,
            signal,
            onProgress: (progress) => display.upload(progress),
          }),
      );
      display[Symbol.dispose]();
      if (synced.leftOut.length > 0) say(`not sent: ${leftOutText(synced.leftOut)}`);
      if (synced.kept > 0) say(`not deleted, because a broken link may lead there: ${counted(synced.kept, 'object')}`);
      answer(options, synced, () => {
        const { files, sent, deleted } = synced;
        return `${synced.uri}: ${count(files)} files, ${count(sent)} sent, ${count(deleted)} deleted`;
      });
    });
}
