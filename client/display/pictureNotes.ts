/** What a person has to know of how the network sees the pictures of a run, each with its remedy. */
import type { PictureExamples } from '../../contracts/dataset.js';
import type { RunResult } from '../../contracts/result.js';
import { counted } from './format.js';

/** One line each; none where there is nothing to say. */
export function pictureNotes({ dataset, partlySeen }: Pick<RunResult, 'dataset' | 'partlySeen'>): string[] {
  const unusual = dataset?.unusualRange;
  return [
    ...(partlySeen === undefined
      ? []
      : [
          `the centre crop cuts ${named(partlySeen)} to less than half. ` +
            'To show all of each: --set preprocess.fit=pad, or squash.',
        ]),
    ...(unusual === undefined
      ? []
      : [
          `values of another range than the format's make ${named(unusual)} nearly black or white. ` +
            'To read them as they are meant: --set preprocess.range=auto.',
        ]),
  ];
}

/** `12 pictures (a.png, b.png, c.png, …)` */
function named({ count, examples }: PictureExamples): string {
  const more = count > examples.length ? ', …' : '';
  return `${counted(count, 'picture')} (${examples.join(', ')}${more})`;
}
