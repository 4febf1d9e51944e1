import type { Command } from 'commander';
import { mixingOf } from '../../contracts/spec/stages/augmentationSpec.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import type { ContactSheetOptions } from '../contactSheet/augment.js';
import { requireCheckout } from '../../client/connection/clientAlone.js';
import { printable } from '../terminal/words.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { findEndpoints } from '../../client/connection/endpoints.js';
import { addTrainFlags, specFromFlags, type TrainFlags } from '../spec/trainFlags.js';
import { answer, createWorkCommand, say, wholeNumber, type CommonOptions } from '../base/command.js';

type Options = CommonOptions & TrainFlags & Omit<ContactSheetOptions, 'spec'>;

export function augmentCommand(): Command {
  const command = createWorkCommand(
    'augment',
    'Draw a contact sheet of what the network sees: one row per picture, one column per view, view 0 first.',
    'augment photos/ --out sheet.png --set augmentation.rotation=15 augmentation.verticalFlip=true',
  ).argument('<source>', 'folder of pictures or list of images, local or at s3://bucket/…');
  return addTrainFlags(command, ['spec', 'recipe', 'backbone', 'seed', 'set'])
    .requiredOption('--out <file>', 'file to write: .png, .jpg or .webp')
    .option('--images <count>', 'number of pictures to show, some of every class', wholeNumber(1, 100), 8)
    .option('--views <count>', 'number of views to show of each picture', wholeNumber(1, 64), 6)
    .action(async (source: string, options: Options) => {
      requireCheckout('`augment`', 'It draws with TensorFlow: run it in a checkout.');
      const { augmentLocal, augmentStored } = await import('../contactSheet/augment.js');
      const { images, views, out } = options;
      const given = await specFromFlags(options);
      const uri = source.startsWith('s3://') ? source : 's3://local/folder';
      const spec = resolveSpec({ ...given, dataset: { ...given.dataset, uri } });
      const sheet = source.startsWith('s3://')
        ? await fromStore((store) => augmentStored(store, source, { spec, images, views, out }))
        : await augmentLocal(source, { spec, images, views, out });
      for (const { path, reason } of sheet.unreadable) say(printable(`${path}: cannot be read: ${reason}`));
      const { augmentation } = spec;
      if (augmentation.policy === 'auto') {
        say(
          'A run with augmentation.policy=auto chooses the policy by validation. This sheet shows the settings that are given beside it.',
        );
      }
      if (mixingOf(augmentation) !== undefined) {
        say('Mixup and CutMix mix the features of two pictures during training, so they are not shown here.');
      }
      const inTraining = augmentation.views;
      answer(options, { out, viewsInTraining: inTraining, ...sheet }, () =>
        [
          `${out}: ${sheet.width}×${sheet.height} pixels, rows from the top:`,
          ...sheet.rows.map((name) => `  ${printable(name)}`),
          inTraining < views
            ? `Training uses the first ${inTraining} of these ${views} columns (augmentation.views).`
            : `Training uses ${inTraining} views of each picture (augmentation.views).`,
        ].join('\n'),
      );
    });
}

async function fromStore<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const { ObjectStore } = await import('../../storage/objects/objectStore.js');
  const { openS3Connection } = await import('../../storage/s3/s3Connection.js');
  await ensureStack(say);
  const { settings, variables } = await findEndpoints();
  const connection = openS3Connection(variables);
  try {
    return await work(new ObjectStore(settings.GRAFTWORK_BUCKET, connection));
  } finally {
    connection.client.destroy();
  }
}
