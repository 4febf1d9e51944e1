/** What a person has to know of how the network sees some pictures, each with its remedy. */
import type { OddPictures, PictureExamples } from '../../contracts/data/dataset.js';
import type { SuspectedLabels } from '../../contracts/data/labelReview.js';
import type { Answer, PictureNote } from '../../contracts/models/predictions.js';
import { counted } from './format.js';

/** Paths that stand for many. */
const mostExamples = 3;

interface Noted {
  dataset: OddPictures | null;
  partlySeen?: PictureExamples | undefined;
  labels?: SuspectedLabels | undefined;
}

/** Of a run's pictures, or a ranking's; one line each, none where there is nothing to say. */
export function pictureNotes({ dataset, partlySeen, labels }: Noted): string[] {
  return [...notes({ ...dataset, partlySeen }, 'To'), ...suspectedNote(labels)];
}

/** Where more pictures than this share are suspected, the network may not tell the classes apart. */
const manySuspected = 0.1;

function suspectedNote(labels: SuspectedLabels | undefined): string[] {
  if (labels === undefined || labels.suspected === 0) return [];
  const { pictures, suspected, examples } = labels;
  const which = named({ count: suspected, examples });
  const said =
    suspected > manySuspected * pictures
      ? `the network doubts the labels of ${which}, of ${counted(pictures, 'picture')}. ` +
        'So many are rarely wrong: it may not tell some classes apart.'
      : `the label of ${which} is probably wrong, of ${counted(pictures, 'picture')}.`;
  return [`${said} \`npx graftwork review <images>\` shows each beside the label that fits better.`];
}

/** Of the pictures that a model was asked about. */
export function answerNotes(answers: readonly Answer[]): string[] {
  const odd = {
    partlySeen: noted(answers, 'partly-seen'),
    unusualRange: noted(answers, 'unusual-range'),
    animated: noted(answers, 'animated'),
    transparent: noted(answers, 'transparent'),
  };
  return notes(odd, 'Train the model again to');
}

function noted(answers: readonly Answer[], note: PictureNote): PictureExamples | undefined {
  const paths = answers.filter((answer) => answer.notes?.includes(note)).map(({ path }) => path);
  return paths.length === 0 ? undefined : { count: paths.length, examples: paths.slice(0, mostExamples) };
}

/** @param remedy how a sentence begins that says what to do about the preprocessing */
function notes(
  { partlySeen, unusualRange, animated, transparent }: OddPictures & Pick<Noted, 'partlySeen'>,
  remedy: string,
): string[] {
  const note = (pictures: PictureExamples | undefined, text: (which: string) => string): string[] =>
    pictures === undefined ? [] : [text(named(pictures))];
  return [
    ...note(
      partlySeen,
      (which) =>
        `the centre crop cuts ${which} to less than half. ` +
        `${remedy} show the whole of each picture: --set preprocess.fit=pad, or squash.`,
    ),
    ...note(
      unusualRange,
      (which) =>
        `a value range other than the format's makes ${which} nearly black or white. ` +
        `${remedy} read them in their own range: --set preprocess.range=auto.`,
    ),
    ...note(animated, (which) => `only the first frame or page is used of ${which}.`),
    ...note(transparent, (which) => `white is put behind the transparent parts of ${which}.`),
  ];
}

/** `12 pictures (a.png, b.png, c.png, …)` */
function named({ count, examples }: PictureExamples): string {
  const more = count > examples.length ? ', …' : '';
  return `${counted(count, 'picture')} (${examples.join(', ')}${more})`;
}
