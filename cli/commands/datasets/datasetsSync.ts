/** `datasets sync`: a folder, or a list with its pictures, into a bucket. */
import type { Command } from 'commander';
import { count, counted } from '../../../client/text/format.js';
import { answer, createWorkCommand, say } from '../../base/command.js';
import type { CommonOptions } from '../../base/command.js';
import { connect } from '../../base/connect.js';
import { interruptible } from '../../follow/interrupted.js';
import { ensureStack } from '../../stack/embeddedStack.js';

export function syncCommand(): Command {
  return createWorkCommand(
    'sync',
    'Copy a folder, or a list with its pictures, into a bucket, for a schedule to read. Only changed files are sent.',
    'datasets sync photos/ s3://graftwork/photos',
  )
    .argument('<source>', 'local folder, or list of images; of a list only itself and its pictures are sent')
    .argument('<uri>', 's3://bucket/prefix')
    .option('--delete', 'delete objects that have no file in the folder any more')
    .action(async (source: string, uri: string, options: CommonOptions & { delete?: boolean }) => {
      const { leftOutText, notThereText } = await import('../../../client/folders/leftOut.js');
      const { createProgressDisplay } = await import('../../display/progressDisplay.js');
      await ensureStack(say);
      await using graftwork = await connect();
      using display = createProgressDisplay();
      const synced = await interruptible(
        () => 'Stopped. Files already sent are kept. Run the same command again to continue.',
        (signal) =>
          graftwork.sync(source, uri, {
            deletes: options.delete === true,
            signal,
            onProgress: (progress) => display.upload(progress),
          }),
      );
      display[Symbol.dispose]();
      if (synced.leftOut.length > 0) say(`not sent: ${leftOutText(synced.leftOut)}`);
      if (synced.unnamed > 0) say(`not sent, because the list does not name them: ${counted(synced.unnamed, 'file')}`);
      if (synced.missing.length > 0) say(`not sent, because ${notThereText(synced.missing)}`);
      if (synced.forgotten > 0) say(`not sent, because they were forgotten: ${counted(synced.forgotten, 'file')}`);
      if (synced.kept > 0) say(`not deleted, because a broken link may lead there: ${counted(synced.kept, 'object')}`);
      answer(options, synced, () => {
        const { files, sent, deleted } = synced;
        return `${synced.uri}: ${counted(files, 'file')}, ${count(sent)} sent, ${count(deleted)} deleted`;
      });
    });
}
