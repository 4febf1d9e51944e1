import type { Command } from 'commander';
import { ensureStack } from '../stack/embeddedStack.js';
import { addTrainFlags, specFromFlags } from '../spec/trainFlags.js';
import type { TrainFlags } from '../spec/trainFlags.js';
import { createWorkCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

export function trainCommand(): Command {
  const command = createWorkCommand(
    'train',
    'Train a classifier on a folder of images, or on s3://bucket/prefix. Ctrl-C detaches; the run goes on.',
    'train photos/ --name birds --set head.epochs=20 fineTune.0.learningRate=1e-4',
  ).argument(
    '<source>',
    'folder (one folder per class, or train/<class> and test/<class>) or list of images (.csv or .jsonl with path, label, split), local or at s3://bucket/…',
  );
  return addTrainFlags(command)
    .option('--detach', 'start the run, print its id and return at once')
    .action(async (source: string, options: CommonOptions & TrainFlags & { detach?: boolean }) => {
      const { checkRequest } = await import('../../client/runs/sourceSpec.js');
      const { trainAndFollow } = await import('../follow/trainAndFollow.js');
      const spec = await specFromFlags(options);
      await checkRequest(source, spec);
      await ensureStack(say);
      await using graftwork = await connect();
      process.exitCode = await trainAndFollow(graftwork, source, { ...options, spec });
    });
}
