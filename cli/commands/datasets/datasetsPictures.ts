/** `datasets find`, `forget`, `forgotten`: single pictures, wherever they went. */
import type { Command } from 'commander';
import { stepLines } from '../../terminal/stepLines.js';
import { printable } from '../../terminal/words.js';
import { confirmed } from '../../base/confirm.js';
import { foundText, forgottenText, shownAddresses, tombstonesText } from '../../display/pictureText.js';
import { sourceNames } from '../../../storage/datasets/sourceNames.js';
import { answer, createCommand, say } from '../../base/command.js';
import type { CommonOptions } from '../../base/command.js';
import { connect } from '../../base/connect.js';

const picture = 'picture: its s3:// address, its key in the bucket, a file on this machine, or its sha256';

export function findCommand(): Command {
  return createCommand(
    'find',
    'Show which dataset versions hold a picture, and which models have met it.',
    'datasets find s3://photos/train/ants/0013.jpg',
  )
    .argument('<picture>', picture)
    .action(async (name: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const found = await graftwork.findPicture(name);
      const named = await sourceNames(graftwork.store, shownAddresses(found.sightings));
      answer(options, found, () => foundText(found, named));
    });
}

interface ForgetFlags extends CommonOptions {
  dryRun?: boolean;
  deleteSource?: boolean;
  reason?: string;
  yes?: boolean;
}

export function forgetCommand(): Command {
  return createCommand(
    'forget',
    'Remove a picture from everything that was made of it, and name the models that have met it.',
    'datasets forget s3://photos/train/ants/0013.jpg --reason "withdrawn consent" --dry-run',
  )
    .argument('<picture>', picture)
    .option('--dry-run', 'only report what would be removed')
    .option('--reason <text>', 'reason; kept with the digest of the picture')
    .option('--yes', 'do not ask; only a terminal is asked')
    .option('--delete-source', 'also delete the picture at the source that it was ingested from')
    .action(async (name: string, { dryRun, deleteSource, reason, yes, ...options }: ForgetFlags) => {
      if (dryRun !== true && yes !== true && !(await confirmed(forgetQuestion(name)))) {
        say('Nothing was changed.');
        process.exitCode = 1;
        return;
      }
      await using graftwork = await connect();
      const report = await graftwork.forget(name, {
        dryRun: dryRun === true,
        deleteSource: deleteSource === true,
        ...(reason === undefined ? {} : { reason }),
        onStep: stepLines(say),
      });
      const named = await sourceNames(graftwork.store, shownAddresses(report.sightings));
      answer(options, report, () => forgottenText(report, named));
    });
}

function forgetQuestion(name: string): string {
  return `Forget ${printable(name)}? It leaves every dataset version, and nothing brings it back.`;
}

export function forgottenCommand(): Command {
  return createCommand(
    'forgotten',
    'List forgotten pictures: digests, when, by whom and why.',
    'datasets forgotten',
  ).action(async (options: CommonOptions) => {
    await using graftwork = await connect();
    const tombstones = await graftwork.forgotten();
    answer(options, tombstones, () => tombstonesText(tombstones));
  });
}
