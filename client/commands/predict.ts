import type { Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import type { Predictions } from '../../contracts/predictions.js';
import { percent } from '../display/format.js';
import { table } from '../display/table.js';
import { printable } from '../display/words.js';
import { ensureStack } from '../embeddedStack.js';
import { Graftwork } from '../graftwork.js';
import { answer, createWorkCommand, say, wholeNumber } from './command.js';
import type { CommonOptions } from './command.js';

export function predictCommand(): Command {
  return createWorkCommand(
    'predict',
    'Classify images with a trained model.',
    'predict birds@2 photo.jpg more-photos/ --top 3',
  )
    .argument('<model>', 'model name, name@version, or the run that made it')
    .argument('<images...>', 'image files, folders, or s3:// addresses')
    .option('--top <k>', 'classes named for each image', wholeNumber(1), 3)
    .option('--tta <views>', 'average over so many views of each image (test-time augmentation)', wholeNumber(1, 64), 1)
    .action(async (model: string, images: string[], options: CommonOptions & { top: number; tta: number }) => {
      await ensureStack(say);
      await using graftwork = await Graftwork.connect();
      const answers = await graftwork.predict(model, images, { topK: options.top, views: options.tta });
      for (const { path, reason } of answers.unreadable) say(printable(`${path}: cannot be read: ${reason}`));
      if (answers.predictions.length === 0) throw noneReadable(answers);
      answer(options, answers, () => predictionsTable(answers));
    });
}

function predictionsTable({ predictions }: Predictions): string {
  const most = predictions.reduce((known, { top }) => Math.max(known, top.length), 0);
  return table(
    ['image', ...Array.from({ length: most }, (_, index) => [`${index + 1}.`, '']).flat()],
    predictions.map(({ path, top }) => [
      path,
      ...Array.from({ length: most }, (_, index) => {
        const one = top[index];
        return one === undefined ? ['', ''] : [one.class, percent(one.probability)];
      }).flat(),
    ]),
  );
}

function noneReadable({ unreadable }: Predictions): GraftworkError {
  const [first] = unreadable;
  const message =
    unreadable.length === 1 && first !== undefined
      ? `${first.path} cannot be read: ${first.reason}.`
      : `None of the ${unreadable.length} images can be read.`;
  return new GraftworkError('GW_IMAGE_UNREADABLE', message, {
    remedy: 'Give JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
  });
}
