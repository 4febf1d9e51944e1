/** What came of a model on other pictures, in sentences. Pure. */
import type { PictureTest } from '../../contracts/models/pictureTest.js';
import { counted, percent, percentOfAll } from './format.js';

/** The one sentence. */
export function pictureTestSentence({ model, uri, evaluation }: PictureTest): string {
  const { top1, interval, count, multiLabel } = evaluation;
  if (multiLabel !== undefined) {
    const [low, high] = multiLabel.interval;
    return (
      `${model.name}@${model.version} has a mean average precision of ${percentOfAll(multiLabel.mAP)} on ${counted(count, 'picture')} at ${uri} ` +
      `(95 % interval ${percent(low)} to ${percent(high)}).`
    );
  }
  return (
    `${model.name}@${model.version} recognises ${percentOfAll(top1)} of ${counted(count, 'picture')} at ${uri} ` +
    `(95 % interval ${percent(interval[0])} to ${percent(interval[1])}).`
  );
}

/** What of the source the model knew before. */
export function leakNote({ leaks }: Pick<PictureTest, 'leaks'>): string {
  const { identical, alike, group } = leaks.counts;
  const all = identical + alike + group;
  const unsure = leaks.isWhole ? '' : ' There may be more: not all of its training pictures are known any more.';
  if (all === 0) return `It has not seen any of these pictures in its training.${unsure}`;
  const which = [
    ...(identical > 0 ? [`${identical} as the same file`] : []),
    ...(alike > 0 ? [`${alike} as one that looks like it`] : []),
    ...(group > 0 ? [`${group} as another picture of the same group`] : []),
  ];
  const what = leaks.leftOut
    ? `${all === 1 ? 'It is' : 'They are'} left out.`
    : `${all === 1 ? 'It counts' : 'They count'}, so the figures are too good.`;
  return `Its training had ${counted(all, 'picture')} of the source: ${which.join(', ')}. ${what}${unsure}`;
}
