import { InvalidArgumentError, Option, type Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import type { Prediction } from '../../contracts/data/evaluation.js';
import { usualCoverage } from '../../contracts/data/fittedCalibration.js';
import {
  predictionSetsSchema,
  setMethodSchema,
  type PredictionSets,
  type Predictions,
  type SetMethod,
  type SkippedFile,
} from '../../contracts/models/predictions.js';
import { count, counted, percent } from '../../client/text/format.js';
import { answerNotes } from '../../client/text/pictureNotes.js';
import { table } from '../terminal/table.js';
import { printable } from '../terminal/words.js';
import { ensureStack } from '../stack/embeddedStack.js';
import { answer, createWorkCommand, say, wholeNumber } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';
import { takenFormats } from '../../learning/images/formats/imageFormat.js';

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
    .option(
      '--coverage <share>',
      'name a set of classes that holds the right one in this share of pictures, 0.5 to 0.99',
      coverageShare,
    )
    .addOption(
      new Option(
        '--sets <method>',
        'how the sets are made: the smallest ones (lac, the default), or as sure for hard pictures',
      ).choices(setMethodSchema.options),
    )
    .option(
      '--per-class',
      'keep the coverage for each class, and not only for all pictures together; without --coverage 0.9',
    )
    .action(async (model: string, images: string[], options: PredictOptions) => {
      await ensureStack(say);
      await using graftwork = await connect();
      const answers = await graftwork.predict(model, images, {
        ...{ topK: options.top, views: options.tta },
        ...setsAsked(options),
      });
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

interface PredictOptions extends CommonOptions {
  top: number;
  tta: number;
  coverage?: number;
  sets?: SetMethod;
  perClass?: boolean;
}

function coverageShare(value: string): number {
  const share = predictionSetsSchema.shape.coverage.safeParse(Number(value));
  if (value.trim() === '' || !share.success) throw new InvalidArgumentError('Give a number of 0.5 to 0.99.');
  return share.data;
}

/** A person who says how sets are made wants them. */
function setsAsked({ coverage, sets: method, perClass = false }: PredictOptions): { sets?: PredictionSets } {
  if (coverage === undefined && method === undefined && !perClass) return {};
  return { sets: { coverage: coverage ?? usualCoverage, method: method ?? 'lac', perClass } };
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

/** Classes of a set that are named. */
const mostInSet = 8;

function labelsText(labels: Prediction['top']): string {
  if (labels.length === 0) return 'none';
  const named = labels.slice(0, mostInSet).map((one) => `${one.class} ${percent(one.probability)}`);
  const more = labels.length - mostInSet;
  return [...named, ...(more > 0 ? [`and ${count(more)} more`] : [])].join(', ');
}

function setText(set: Prediction['top']): string {
  if (set.length === 0) return 'none is likely enough';
  const named = set.slice(0, mostInSet).map((one) => one.class);
  return [...named, ...(set.length > mostInSet ? [`and ${count(set.length - mostInSet)} more`] : [])].join(', ');
}

const doubts = { unlike: 'unlike the training pictures', unsure: 'unsure' } as const;

function predictionsTable({ predictions, sets }: Predictions): string {
  const most = predictions.reduce((known, { top }) => Math.max(known, top.length), 0);
  const isMultiLabel = predictions.some(({ labels }) => labels !== undefined);
  const isDoubted = predictions.some(({ doubt }) => doubt !== undefined);
  return table(
    [
      'image',
      ...(isDoubted ? ['doubt'] : []),
      ...(isMultiLabel ? ['labels'] : []),
      ...(sets ? [`set at ${Math.round(100 * sets.coverage)} %`] : []),
      ...Array.from({ length: most }, (_, index) => [`${index + 1}.`, '']).flat(),
    ],
    predictions.map(({ path, top, labels, set, doubt }) => [
      path,
      ...(isDoubted ? [doubt === undefined ? '' : doubts[doubt]] : []),
      ...(isMultiLabel ? [labelsText(labels ?? [])] : []),
      ...(sets ? [setText(set ?? [])] : []),
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
