/** What a person has to know of how the network sees some pictures, each with its remedy. */
import type { PictureExamples } from '../../contracts/data/dataset.js';
import type { Answer, PictureNote } from '../../contracts/models/predictions.js';
import { counted } from './format.js';

/** Paths that stand for many. */
const mostExamples = 3;

interface Noted {
  dataset: { unusualRange?: PictureExamples | undefined } | null;
  partlySeen?: PictureExamples | undefined;
}

/** Of a run's pictures, or a ranking's; one line each, none where there is nothing to say. */
export function pictureNotes({ dataset, partlySeen }: Noted): string[] {
  return notes(partlySeen, dataset?.unusualRange, 'To');
}

/** Of the pictures that a model was asked about. */
export function answerNotes(answers: readonly Answer[]): string[] {
  return notes(noted(answers, 'partly-seen'), noted(answers, 'unusual-range'), 'Train the model again to');
}

function noted(answers: readonly Answer[], note: PictureNote): PictureExamples | undefined {
  const paths = answers.filter((answer) => answer.notes?.includes(note)).map(({ path }) => path);
  return paths.length === 0 ? undefined : { count: paths.length, examples: paths.slice(0, mostExamples) };
}

function notes(cut: PictureExamples | undefined, unusual: PictureExamples | undefined, remedy: string): string[] {
  return [
    ...(cut === undefined
      ? []
      : [
          `the centre crop cuts ${named(cut)} to less than half. ` +
            `${remedy} show the whole of each picture: --set preprocess.fit=pad, or squash.`,
        ]),
    ...(unusual === undefined
      ? []
      : [
          `a value range other than the format's makes ${named(unusual)} nearly black or white. ` +
            `${remedy} read them in their own range: --set preprocess.range=auto.`,
        ]),
  ];
}

/** `12 pictures (a.png, b.png, c.png, …)` */
function named({ count, examples }: PictureExamples): string {
  const more = count > examples.length ? ', …' : '';
  return `${counted(count, 'picture')} (${examples.join(', ')}${more})`;
}
