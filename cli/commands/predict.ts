import type { Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import type { Predictions, SkippedFile } from '../../contracts/models/predictions.js';
import { count, counted, percent } from '../../client/text/format.js';
import { answerNotes } from '../../client/text/pictureNotes.js';
import { table } from '../terminal/table.js';
import { printable } from '../terminal/words.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { answer, createWorkCommand, say, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';
import { takenFormats } from '../../learning/images/imageFormat.js';

export function predictCommand(): Command {
  return createWorkCommand(
    'predict',
    'Classify images with a trained model.',
    'predict birds@2 photo.jpg more-photos/ --top 3',
  )
    .argument('<model>', 'name, name@version, or the run that made it')
    .argument('<images...>', 'image files, folders, or s3:// addresses')
    .option('--top <k>', 'number of classes to name for each image', wholeNumber(1), 3)
    .option(
      '--tta <views>',
      'number of views of each image to average over (test-time augmentation)',
      wholeNumber(1, 64),
      1,
    )
    .action(async (model: string, images: string[], options: CommonOptions & { top: number; tta: number }) => {
      await ensureStack(say);
      await using graftwork = await connect();
      const answers = await graftwork.predict(model, images, { topK: options.top, views: options.tta });
      const { predictions, unreadable, skipped = [] } = answers;
      for (const line of skippedLines(skipped)) say(printable(line));
      for (const { path, reason } of unreadable) say(printable(`${path}: cannot be read: ${reason}`));
      if (predictions.length === 0) throw noneReadable(answers);
      for (const note of answerNotes(predictions)) say(printable(`note: ${note}`));
      answer(options, answers, () => predictionsTable(answers));
      if (unreadable.length === 0) return;
      say(
        `${counted(unreadable.length, 'picture')} of ${count(predictions.length + unreadable.length)} could not be read.`,
      );
      process.exitCode = 1;
    });
}

/** Skipped files named one by one; the others are only counted. */
const mostNamed = 20;

function skippedLines(skipped: readonly SkippedFile[]): string[] {
  if (skipped.length === 0) return [];
  const more = skipped.length - mostNamed;
  return [
    skipped.length === 1 ? '1 file was skipped:' : `${count(skipped.length)} files were skipped:`,
    ...skipped.slice(0, mostNamed).map(({ path, reason }) => `  ${path}: ${reason}`),
    ...(more > 0 ? [`  … and ${count(more)} more (--json lists all)`] : []),
  ];
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
    remedy: `Give ${takenFormats} files.`,
  });
}
