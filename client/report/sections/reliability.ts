/** Whether a model that says 80 % is right in 80 of 100 cases (Guo et al. 2017, fig. 1). */
import type { Evaluation } from '../../../contracts/data/evaluation.js';
import type { FittedCalibration } from '../../../contracts/data/fittedCalibration.js';
import { debiasedCalibration } from '../../../learning/metrics/debiasedCalibration.js';
import { wilsonInterval } from '../../../learning/metrics/interval.js';
import { percent } from '../../text/format.js';
import { axis, chart, chartFigure, colours, usualGrid } from '../page/chart.js';
import { html, type Html } from '../page/html.js';
import { numberColumn, table } from '../page/table.js';
import { calibratedText, setsText } from './calibrated.js';

type Bin = Evaluation['calibration']['bins'][number];
type Filled = Bin & { accuracy: number; confidence: number };

/** What ECharts hands to a custom series: only what is used here. */
interface Drawing {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

/** @param fitted from the model's card; null: the model is not calibrated, or its card is not known */
export function reliabilitySection(evaluation: Evaluation, fitted: FittedCalibration | null): Html {
  const { calibration } = evaluation;
  const { bins, expectedCalibrationError: plain } = calibration;
  const { error, low } = debiasedCalibration(bins);
  const filled = bins.filter((bin): bin is Filled => bin.accuracy !== null && bin.confidence !== null);
  // Each label of each picture of a multi-label model counts.
  const judged = filled.reduce((sum, bin) => sum + bin.count, 0);
  const sure = filled.reduce((sum, bin) => sum + bin.confidence * bin.count, 0) / judged;
  const right = filled.reduce((sum, bin) => sum + bin.accuracy * bin.count, 0) / judged;
  const { multiLabel } = evaluation;
  const what = multiLabel === undefined ? 'Test pictures by confidence' : 'Labels of test pictures by probability';
  return html`<p>
      The mean confidence is ${percent(sure)}, and ${percent(right)} are right: the model is
      ${Math.abs(sure - right) < 0.005 ? 'as confident as it should be' : sure > right ? 'overconfident' : 'underconfident'}.
      The calibration error is ${error.toFixed(3)}, debiased; with 95 % confidence it is at least ${low.toFixed(3)}. The
      plain expected calibration error of 15 bins is ${plain.toFixed(3)}: chance alone makes it too large on few
      pictures (Roelofs et al. 2022).
    </p>
    ${calibratedText(evaluation, fitted)}
    <div class="charts">
      ${chartFigure('Reliability diagram', accuracyChart(filled), [
        { name: 'share that is right, with its 95 % interval', kind: 'series-1' },
        { name: 'perfectly calibrated', kind: 'quiet' },
      ])}
      ${chartFigure(what, countChart(bins))}
    </div>
    <details>
      <summary>The bins in numbers</summary>
      ${table(
        ['confidence', ...['test pictures', 'mean confidence', 'right', '95 % interval'].map(numberColumn)],
        filled.map((bin) => [range(bin), bin.count, percent(bin.confidence), percent(bin.accuracy), intervalText(bin)]),
        'Bins of the reliability diagram',
      )}
    </details>
    ${setsText(evaluation)}`;
}

const range = ({ low, high }: Bin): string => `${percent(low)} to ${percent(high)}`;

const intervalOf = ({ accuracy, count }: Filled): [number, number] =>
  wilsonInterval(Math.round(accuracy * count), count);

function intervalText(bin: Filled): string {
  const [low, high] = intervalOf(bin);
  return `${percent(low)} to ${percent(high)}`;
}

const shares = (name: string): object =>
  axis(name, {
    type: 'value',
    min: 0,
    max: 1,
    interval: 0.2,
    axisLabel: { color: colours.quiet, fontSize: 12, formatter: (value: number) => `${Math.round(value * 100)} %` },
  });

function accuracyChart(bins: readonly Filled[]): Html {
  const rect = (from: [number, number], to: [number, number]): object => {
    const [x, width] = [Math.min(from[0], to[0]), Math.abs(to[0] - from[0])];
    const [y, height] = [Math.min(from[1], to[1]), Math.abs(to[1] - from[1])];
    return { type: 'rect', shape: { x: x + 1, y, width: Math.max(1, width - 2), height } };
  };
  const bars = {
    type: 'custom',
    silent: true,
    data: bins.map(({ low, high, accuracy }) => [low, high, accuracy]),
    renderItem: (_: unknown, at: Drawing) => ({
      ...rect(at.coord([at.value(0), 0]), at.coord([at.value(1), at.value(2)])),
      style: { fill: colours.first, opacity: 0.55 },
    }),
  };
  const whiskers = {
    type: 'custom',
    silent: true,
    data: bins.map((bin) => [(bin.low + bin.high) / 2, ...intervalOf(bin)]),
    renderItem: (_: unknown, at: Drawing) => {
      const [x1, y1] = at.coord([at.value(0), at.value(1)]);
      const [x2, y2] = at.coord([at.value(0), at.value(2)]);
      return { type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.ink, lineWidth: 1.5 } };
    },
  };
  const diagonal = {
    type: 'line',
    silent: true,
    showSymbol: false,
    data: [
      [0, 0],
      [1, 1],
    ],
    lineStyle: { color: colours.quiet, type: 'dashed', width: 1.5 },
  };
  return chart(
    { grid: usualGrid, xAxis: shares('confidence'), yAxis: shares(''), series: [bars, diagonal, whiskers] },
    {
      id: 'reliability',
      title: 'Reliability diagram',
      description: bins
        .map((bin) => `Sure by ${range(bin)}: right in ${percent(bin.accuracy)} of ${bin.count}.`)
        .join(' '),
    },
  );
}

function countChart(bins: readonly Bin[]): Html {
  return chart(
    {
      grid: usualGrid,
      xAxis: axis('confidence, up to', {
        type: 'category',
        data: bins.map(({ high }) => `${Math.round(high * 100)} %`),
        splitLine: { show: false },
      }),
      yAxis: axis('', { type: 'value', minInterval: 1 }),
      series: [
        {
          type: 'bar',
          silent: true,
          data: bins.map(({ count }) => count),
          barCategoryGap: '12%',
          itemStyle: { color: colours.first, opacity: 0.55 },
        },
      ],
    },
    {
      id: 'confidences',
      title: 'Test pictures by confidence',
      description: `From 15 bins, the fullest holds ${Math.max(...bins.map(({ count }) => count))}.`,
    },
  );
}
