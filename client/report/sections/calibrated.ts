/** What calibration by validation pictures brought, and how often prediction sets hold the right class. */
import type { Evaluation, TestedSets } from '../../../contracts/data/evaluation.js';
import { usualCoverage, type FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { judgeCalibration } from '../../../learning/metrics/judgement.js';
import { counted, percent } from '../../text/format.js';
import { html, nothing, type Html } from '../page/html.js';
import { numberColumn, table } from '../page/table.js';

/** @param fitted from the model's card; null: it is not known */
export function calibratedText(evaluation: Evaluation, fitted: FittedCalibration | null): Html {
  const { uncalibrated, loss, calibration } = evaluation;
  if (uncalibrated === undefined) return nothing;
  const { text } = judgeCalibration(calibration.bins);
  return html`<p>
    ${fitted === null ? 'Validation pictures calibrate the model.' : how(fitted)} On the test, that takes the
    cross-entropy from ${uncalibrated.loss.toFixed(3)} to ${loss.toFixed(3)} nats, and the expected calibration error
    from ${uncalibrated.expectedCalibrationError.toFixed(3)} to ${calibration.expectedCalibrationError.toFixed(3)}.
    Judgement: ${text}. ${evaluation.multiLabel === undefined ? 'Top-1 is' : 'Average precisions are'} the same.
  </p>`;
}

function how({ temperature, count, heldOut }: FittedCalibration): Html {
  const [before, after] = heldOut.expectedCalibrationError;
  const sharper = temperature < 1 ? 'surer' : 'less sure';
  return html`${counted(count, 'validation picture')} ${count === 1 ? 'makes' : 'make'} the model ${sharper}: its logits
  are divided by ${temperature.toFixed(3)}. On held-out folds of them, the expected calibration error goes from
  ${before.toFixed(3)} to ${after.toFixed(3)}.`;
}

const methods: Readonly<Record<keyof NonNullable<Evaluation['sets']>, string>> = {
  lac: 'smallest sets (lac)',
  aps: 'as sure for hard pictures (aps)',
};

export function setsText({ sets, count, multiLabel }: Evaluation): Html {
  if (multiLabel?.sets !== undefined) return labelSetsText(multiLabel.sets, count);
  if (sets === undefined) return nothing;
  const rows = (Object.keys(methods) as (keyof typeof methods)[]).map((method) => row(methods[method], sets[method]));
  const coverage = percent(usualCoverage).replace('.0', '');
  return html`<h3>Prediction sets at ${coverage}</h3>
    <p>
      A set names the classes that a picture may be of. It is meant to hold the right one in ${coverage} of pictures:
      here in ${percent(sets.lac.coverage)} of ${counted(count, 'test picture')}, with ${sets.lac.meanSize.toFixed(2)}
      classes on the mean. <code>predict --coverage ${usualCoverage}</code> gives them. An empty set says that no class
      is likely enough.
    </p>
    ${table(
      ['sets', ...['hold the right class', '95 % interval', 'classes, mean', 'empty'].map(numberColumn)],
      rows,
      'Prediction sets of the test pictures',
    )}`;
}

function labelSetsText({ coverage, interval, meanSize }: TestedSets, count: number): Html {
  const wanted = percent(usualCoverage).replace('.0', '');
  return html`<h3>Prediction sets at ${wanted}</h3>
    <p>
      A set names the labels that a picture may have. It is meant to hold ${wanted} of a picture's labels on the mean:
      here ${percent(coverage)} (95 % interval ${percent(interval[0])} to ${percent(interval[1])}) in
      ${counted(count, 'test picture')}, with ${meanSize.toFixed(2)} labels on the mean.
      <code>predict --coverage ${usualCoverage}</code> gives them.
    </p>`;
}

function row(name: string, { coverage, interval, meanSize, empty }: TestedSets): string[] {
  const [low, high] = interval;
  return [name, percent(coverage), `${percent(low)} to ${percent(high)}`, meanSize.toFixed(2), percent(empty)];
}
