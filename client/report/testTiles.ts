/** The figures of a test at the head of a report. */
import { unlearntText } from '../../client/text/foldsText.js';
import type { Evaluation, MultiLabelFigures } from '../../contracts/data/evaluation.js';
import type { FoldsAccuracy } from '../../contracts/data/foldsAccuracy.js';
import { balanceOf } from '../../learning/metrics/balance.js';
import { debiasedCalibration } from '../../learning/metrics/debiasedCalibration.js';
import {
  judgeCalibration,
  judgeMacroF1,
  judgeTestSize,
  judgeTop1,
  judgeTopK,
  type Judgement,
} from '../../learning/metrics/judgement.js';
import { count, percent, percentOfAll } from '../text/format.js';
import { html, named, type Html, type HtmlValue } from './page/html.js';
import { judged } from './sections/judged.js';

export function tile(value: string, name: HtmlValue, judgement?: Judgement): Html {
  return html`<li><strong>${value}</strong><span>${name}</span>${judged(judgement)}</li>`;
}

/** @param what was trained in each fold: `heads alone` */
export function foldsTile(
  { folds, top1, interval, count: pictures, multiLabel, unlearnt }: FoldsAccuracy,
  what: string,
): Html {
  const low = unlearnt === undefined ? '' : `; ${unlearntText(unlearnt)}`;
  const name = `${what}, ${count(pictures)} pictures held out in ${folds} folds${low}`;
  if (multiLabel !== undefined) {
    const { mAP, interval: own, microF1, macroF1 } = multiLabel;
    return html`${tile(percentOfAll(mAP), `mAP, ${name} (${percent(own[0])} to ${percent(own[1])})`)}
    ${tile(percentOfAll(microF1), 'micro F1 in folds')} ${tile(percentOfAll(macroF1), 'macro F1 in folds')}`;
  }
  return tile(percentOfAll(top1), `${name} (${percent(interval[0])} to ${percent(interval[1])})`);
}

function labelTiles(evaluation: Evaluation, { mAP, interval, microF1, exactMatch }: MultiLabelFigures): Html {
  const { macroF1, calibration, count: pictures } = evaluation;
  const { bins } = calibration;
  return html`${tile(percentOfAll(mAP), `test mAP (${percent(interval[0])} to ${percent(interval[1])})`)}
  ${tile(percentOfAll(microF1), 'micro F1')} ${tile(percentOfAll(macroF1), 'macro F1')}
  ${tile(percentOfAll(exactMatch), 'pictures with all labels right')}
  ${tile(debiasedCalibration(bins).error.toFixed(3), 'calibration error (debiased)', judgeCalibration(bins))}
  ${tile(count(pictures), 'test pictures', judgeTestSize(evaluation))}`;
}

export function testTiles(evaluation: Evaluation): Html {
  if (evaluation.multiLabel !== undefined) return labelTiles(evaluation, evaluation.multiLabel);
  const { top1, interval, topK, macroF1, calibration, count: pictures } = evaluation;
  const { bins } = calibration;
  const balance = balanceOf(evaluation);
  return html`${tile(
    percentOfAll(top1),
    `test top-1 (${percent(interval[0])} to ${percent(interval[1])})`,
    judgeTop1(evaluation),
  )}
  ${balance && tile(percentOfAll(balance.accuracy), 'balanced accuracy')}
  ${balance && tile(percentOfAll(balance.least.recall), html`least recall, of ${named(balance.least.class)}`)}
  ${Object.entries(topK).map(([k, share]) => tile(percentOfAll(share), `test top-${k}`, judgeTopK(evaluation, k)))}
  ${tile(percentOfAll(macroF1), 'macro F1', judgeMacroF1(evaluation))}
  ${tile(debiasedCalibration(bins).error.toFixed(3), 'calibration error (debiased)', judgeCalibration(bins))}
  ${tile(count(pictures), 'test pictures', judgeTestSize(evaluation))}`;
}
