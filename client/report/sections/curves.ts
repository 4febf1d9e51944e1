/** Loss, accuracy and rate over the epochs of all stages. */
import { wasTrained, type StageReport } from '../../../contracts/run/result.js';
import type { Epoch } from '../../../contracts/spec/stages/training.js';
import { validationHeadline, validationHeadlineName } from '../../../learning/metrics/headline.js';
import { counted, duration, percent } from '../../text/format.js';
import { chartFigure, colours, lineChart, type Line } from '../page/chart.js';
import { html, nothing, type Html } from '../page/html.js';
import { numberColumn, table } from '../page/table.js';

/** The epochs of a stage at their places among those of all stages. */
export interface PlacedStage {
  name: string;
  /** Whether the model has it; so far, where validation has not judged it yet. */
  kept: boolean;
  /** Place of its first epoch, counted from 1. */
  from: number;
  epochs: readonly Epoch[];
}

/** A stage's reason as long as its training has not come to an end. */
const unfinished = 'running';

/** Stages that were trained, one after the other. Pure. */
export function placed(stages: readonly StageReport[]): PlacedStage[] {
  let from = 1;
  return stages
    .filter(({ epochs }) => epochs.length > 0)
    .map(({ name, kept, reason, epochs }) => {
      const stage = { name, kept: kept || reason === unfinished, from, epochs };
      from += epochs.at(-1)?.epoch ?? 0;
      return stage;
    });
}

type Measure = (epoch: Epoch) => number | undefined;

function linesOf(stages: readonly PlacedStage[], colour: string, measure: Measure): Line[] {
  return stages.map(({ name, kept, from, epochs }) => ({
    name,
    colour,
    dashed: !kept,
    points: epochs.flatMap((epoch) => {
      const value = measure(epoch);
      return value === undefined ? [] : [[from + epoch.epoch - 1, value] as const];
    }),
  }));
}

const losses: Measure = ({ loss }) => loss;
const validationLosses: Measure = ({ validation }) => validation?.loss;
const accuracies: Measure = ({ validation }) => (validation === null ? undefined : validationHeadline(validation));
const rates: Measure = ({ learningRate }) => learningRate;
const loss = (value: number): string => String(Number(value.toPrecision(3)));
const rateText = (value: number): string =>
  value === 0 || value >= 1e-4 ? String(Number(value.toPrecision(2))) : Number(value.toPrecision(2)).toExponential();

/**
 * @param thinned whether epochs of long stages are left out, because their complete table could not be had
 * @param hasEnded whether the run has: a stage that is not finished by then never will be
 */
export function curvesSection(reports: readonly StageReport[], thinned: boolean, hasEnded: boolean): Html {
  const stages = placed(reports);
  if (stages.length === 0) return html`<p>Nothing has been trained yet.</p>`;
  const marks = stages.slice(1).map(({ name, from }) => ({ at: from, name }));
  const epochs = stages.flatMap((stage) => stage.epochs);
  const last = epochs.at(-1);
  const figure = validationHeadlineName(epochs);
  const validated = epochs.some(({ validation }) => validation !== null);
  const dropped = stages.filter(({ kept }) => !kept).map(({ name }) => name);
  const inAll = counted(epochs.length, 'epoch');
  const draw = (
    lines: Line[],
    id: string,
    title: string,
    label: (value: number) => string,
    description: string,
    shares = false,
  ): Html =>
    lineChart({ lines, x: 'epoch', label, shares, marks }, { id, title, description: `${inAll}. ${description}` });
  return html`<div class="charts">
      ${chartFigure(
        'Loss (cross-entropy, nats)',
        draw(
          [...linesOf(stages, colours.first, losses), ...linesOf(stages, colours.second, validationLosses)],
          'loss',
          'Loss by epoch',
          loss,
          `Training loss from ${loss(epochs[0]?.loss ?? 0)} to ${loss(last?.loss ?? 0)}.`,
        ),
        validated
          ? [
              { name: 'training', kind: 'series-1' },
              { name: 'validation', kind: 'series-2' },
            ]
          : [],
      )}
      ${
        validated &&
        chartFigure(
          `Validation ${figure}`,
          draw(
            linesOf(stages, colours.second, accuracies),
            'accuracy',
            'Validation accuracy by epoch',
            (value) => `${Number((value * 100).toPrecision(3))} %`,
            `The best is ${percent(Math.max(...epochs.map(({ validation }) => (validation === null ? 0 : validationHeadline(validation)))))}.`,
            true,
          ),
        )
      }
      ${chartFigure(
        'Learning rate',
        draw(
          linesOf(stages, colours.first, rates),
          'rate',
          'Learning rate by epoch',
          rateText,
          `From ${epochs[0]?.learningRate ?? 0} to ${last?.learningRate ?? 0}.`,
        ),
      )}
    </div>
    ${dropped.length > 0 && html`<p>Dashed: ${dropped.join(', ')}. Validation did not favour ${dropped.length > 1 ? 'these stages, so the model does not include them' : 'this stage, so the model does not include it'}.</p>`}
    ${stageTable(reports, hasEnded)} ${reports.map(rangeTest)}
    ${thinned && html`<p class="quiet">Long tables of epochs are thinned: the stages' complete tables could not be found.</p>`}
    ${epochTable(stages)}`;
}

/** Seconds of a stage, where this run spent them. */
export function took({ cache, reason, seconds }: StageReport): string {
  if (reason === unfinished) return '–';
  return cache.hits > 0 ? 'reused' : duration(seconds);
}

function stageTable(reports: readonly StageReport[], hasEnded: boolean): Html {
  const trained = reports.filter(wasTrained);
  return table(
    ['stage', numberColumn('epochs'), numberColumn('took'), 'kept', 'why'],
    trained.map((stage) => {
      const { name, epochs, kept, reason, resumedFrom } = stage;
      const why = reason === unfinished && hasEnded ? 'not finished' : reason;
      return [
        name,
        epochs.at(-1)?.epoch ?? 0,
        took(stage),
        reason === unfinished ? '' : kept ? 'yes' : 'no',
        resumedFrom === null ? why : `${why} (resumed from epoch ${resumedFrom.epoch}, step ${resumedFrom.step})`,
      ];
    }),
  );
}

function rangeTest({ name, rangeTest: found }: StageReport): Html {
  if (found === undefined) return nothing;
  const line = (field: 'loss' | 'smoothed'): Line['points'] =>
    found.curve.map((point) => [point.learningRate, point[field]] as const);
  const drawing = lineChart(
    {
      lines: [
        { name: 'each batch', colour: colours.faint, points: line('loss') },
        { name: 'smoothed', colour: colours.first, points: line('smoothed') },
      ],
      x: 'learning rate',
      label: loss,
      xLabel: rateText,
      logarithmic: { x: true },
      marks: [{ at: found.learningRate, name: 'chosen' }],
    },
    {
      id: `range-${name}`,
      title: `Learning rate range test of ${name}`,
      description: `Loss of each batch as the rate rises; chosen: ${found.learningRate}.`,
    },
  );
  return html`<div class="charts">
      ${chartFigure(`Range test of ${name}`, drawing, [
        { name: 'each batch', kind: 'faint' },
        { name: 'smoothed', kind: 'series-1' },
      ])}
    </div>
    <p>Rate of ${name}: ${found.learningRate}, ${found.reason}.</p>`;
}

function epochTable(stages: readonly PlacedStage[]): Html {
  return html`<details>
    <summary>Every epoch in numbers</summary>
    ${table(
      [
        'stage',
        ...[
          'epoch',
          'training loss',
          'validation loss',
          `validation ${validationHeadlineName(stages.flatMap(({ epochs }) => epochs))}`,
          'rate',
          'seconds',
        ].map(numberColumn),
      ],
      stages.flatMap(({ name, epochs }) =>
        epochs.map(({ epoch, loss: training, validation, learningRate, seconds }) => [
          name,
          epoch,
          training.toPrecision(4),
          validation?.loss.toPrecision(4) ?? '–',
          validation === null ? '–' : percent(validationHeadline(validation)),
          learningRate.toPrecision(3),
          seconds.toFixed(1),
        ]),
      ),
    )}
  </details>`;
}
