/** The report of two runs set against each other. Pure. */
import type { Evaluation } from '../../../contracts/data/evaluation.js';
import { statusText } from '../../../contracts/run/statusText.js';
import { debiasedCalibration } from '../../../learning/metrics/debiasedCalibration.js';
import {
  judgeCalibration,
  judgeLoss,
  judgeMacroF1,
  judgeTestSize,
  judgeTop1,
  type Judgement,
} from '../../../learning/metrics/judgement.js';
import { count, counted, duration, percent, percentOfAll, points, short } from '../../text/format.js';
import { hasEnded } from '../../runs/runStatus.js';
import { version } from '../../connection/version.js';
import { aboutRuns, momentAt } from '../about.js';
import { chartFigure, colours, lineChart, type Line } from '../page/chart.js';
import { compareTests, type PairedComparison, type TestComparison } from './compare.js';
import { testText, verdictOfTwo, type Names } from './compareVerdict.js';
import { placed } from '../sections/curves.js';
import { isComputed, type Figures } from '../facts/figures.js';
import { html, named, type Html, type HtmlValue } from '../page/html.js';
import { judged, judgementNotes } from '../sections/judged.js';
import { page } from '../page/page.js';
import type { RunFacts } from '../facts/runFacts.js';
import { verdictBox, type Rendered } from '../runPage.js';
import type { TestPictures } from './samePictures.js';
import { specDifferences } from '../../runs/specDifferences.js';
import { numberColumn, table, type Column } from '../page/table.js';
import { leakNotes } from '../verdict.js';

/** Rows up to which a table needs no folding, and beyond which it is no longer for reading. */
const mostUnfolded = 60;
const mostRows = 2_000;

/** @param pictures null where both tests are of one data set version */
export function comparePage(first: RunFacts, second: RunFacts, pictures: TestPictures | null): Rendered {
  const names = namesOf(first, second);
  const tests =
    first.figures === null || second.figures === null ? null : compareTests(first.figures, second.figures, pictures);
  const verdict = verdictOfTwo(first, second, tests, names);
  const title = `${names[0]} and ${names[1]}`;
  const sections = [
    { id: 'tests', title: 'The tests', body: testsSection(first, second, tests, names) },
    { id: 'classes', title: 'Classes', body: classesSection(first.figures, second.figures, tests, names) },
    { id: 'training', title: 'Training', body: curves(first, second, names) },
    { id: 'settings', title: 'Settings that differ', body: settings(first, second, names) },
    { id: 'checks', title: 'Checks', body: checks([first, second]) },
  ];
  const foot = `${first.result.run} and ${second.result.run}. Made ${momentAt(second.at)} by Graftwork ${version}.`;
  const about = aboutRuns([first, second], second.at);
  return { title, verdict: verdict.sentence, html: page({ title, about, head: verdictBox(verdict), sections, foot }) };
}

/** Models by name; runs where there is none, or both made the same. */
function namesOf(first: RunFacts, second: RunFacts): Names {
  const [a, b] = [first, second].map(({ result: { model, run } }) =>
    model === null ? run : `${model.name}@${model.version}`,
  );
  return a === undefined || b === undefined || a === b ? [first.result.run, second.result.run] : [a, b];
}

function calibrationText({ evaluation: { calibration } }: Figures): string {
  return debiasedCalibration(calibration.bins).error.toFixed(3);
}

function testsSection(first: RunFacts, second: RunFacts, tests: TestComparison | null, names: Names): Html {
  const isOfLabels = [first, second].some(({ figures }) => figures?.evaluation.multiLabel !== undefined);
  const rows: [string, (facts: RunFacts) => HtmlValue][] = [
    ['run', ({ result }) => result.run],
    ['status', ({ result }) => statusText(result.status, result.promotion)],
    ['data set version', ({ result }) => (result.dataset === null ? '–' : short(result.dataset.version))],
    ['backbone', ({ result }) => result.backbone ?? '–'],
    [isOfLabels ? 'test' : 'test top-1', ofTest((_evaluation, figures) => testText(figures), judgeTop1)],
    ['macro F1', ofTest(({ macroF1 }) => percentOfAll(macroF1), judgeMacroF1)],
    ['loss, nats', ofTest(({ loss }) => loss.toFixed(4), judgeLoss)],
    [
      'calibration error (debiased)',
      ofTest(
        (_evaluation, figures) => calibrationText(figures),
        ({ calibration }) => judgeCalibration(calibration.bins),
      ),
    ],
    ['test pictures', ofTest(({ count: pictures }) => count(pictures), judgeTestSize)],
    ['took', ({ result }) => `${duration(result.seconds)}${hasEnded(result.status) ? '' : ' so far'}`],
  ];
  const shown = first.figures ?? second.figures;
  return html`${table(
    ['', ...names],
    rows.map(([name, value]) => [name, value(first), value(second)]),
    'The two runs',
  )}
  ${shown && judgementNotes(shown.evaluation)} ${tests?.kind === 'paired' && pairTable(tests.comparison, names)}`;
}

/** A figure of a run's test with its judgement. */
function ofTest(
  text: (evaluation: Evaluation, figures: Figures) => string,
  judge: (evaluation: Evaluation) => Judgement | undefined,
): (facts: RunFacts) => HtmlValue {
  return ({ figures }) =>
    figures === null ? '–' : html`${text(figures.evaluation, figures)}<br />${judged(judge(figures.evaluation))}`;
}

function pairTable({ both, neither, onlyFirst, onlySecond }: PairedComparison, [a, b]: Names): Html {
  return html`<h3>The same pictures</h3>
    ${table(
      ['', numberColumn(`${b} right`), numberColumn(`${b} wrong`)],
      [
        [`${a} right`, both, onlyFirst],
        [`${a} wrong`, onlySecond, neither],
      ],
      'Test pictures, by which of the two models recognises them',
    )}
    <p class="quiet">
      Only pictures that just one of the two recognises (${counted(onlyFirst + onlySecond, 'picture')}) show a
      difference. McNemar's test (1947) asks how likely such an uneven split is between equal models. The interval is
      that of Agresti and Min (2005).
    </p>`;
}

function classesSection(
  first: Figures | null,
  second: Figures | null,
  tests: TestComparison | null,
  [a, b]: Names,
): Html {
  if (first === null || second === null) return html`<p>At least one of the runs has no test to compare.</p>`;
  if (tests?.kind === 'paired') {
    const worstFirst = tests.comparison.classes.toSorted(
      (x, y) => Math.abs(y.onlyFirst - y.onlySecond) - Math.abs(x.onlyFirst - x.onlySecond),
    );
    return foldedTable(
      ['class', ...['test pictures', a, b, 'difference, points', `only ${a}`, `only ${b}`].map(numberColumn)],
      worstFirst.map(({ class: name, pictures, both, onlyFirst, onlySecond }) => [
        named(name),
        pictures,
        percent((both + onlyFirst) / pictures),
        percent((both + onlySecond) / pictures),
        points((onlySecond - onlyFirst) / pictures),
        onlyFirst,
        onlySecond,
      ]),
      'Share recognised of each class, the largest difference first',
    );
  }
  const [ofFirst, ofSecond] = [first, second].map(
    ({ evaluation }) => new Map(evaluation.perClass.map((one) => [one.class, one])),
  );
  const recall = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : percent(value);
  return foldedTable(
    ['class', ...[a, b].flatMap((name) => [`${name}: test pictures`, `${name}: recognised`]).map(numberColumn)],
    [...new Set([...(ofFirst?.keys() ?? []), ...(ofSecond?.keys() ?? [])])].map((name) => [
      named(name),
      ...[ofFirst, ofSecond].flatMap((of) => [of?.get(name)?.support ?? '–', recall(of?.get(name)?.recall)]),
    ]),
    'Share recognised of each class, on different pictures',
  );
}

function foldedTable(columns: readonly Column[], rows: readonly HtmlValue[][], caption: string): Html {
  if (rows.length <= mostUnfolded) return table(columns, rows, caption);
  const more = rows.slice(mostUnfolded, mostRows);
  const left = rows.length - mostUnfolded - more.length;
  return html`${table(columns, rows.slice(0, mostUnfolded), `${caption}: ${mostUnfolded} of ${rows.length} classes`)}
    <details>
      <summary>
        ${counted(more.length, 'more class', 'more classes')}${left > 0 && `; ${left} others are left out`}
      </summary>
      ${table(columns, more, 'More classes, in the same order')}
    </details>`;
}

function curves(first: RunFacts, second: RunFacts, names: Names): Html {
  const lines = (measure: 'top1' | 'loss'): Line[] =>
    [first, second].flatMap(({ stages }, index) =>
      placed(stages).map(({ from, epochs, kept, name }) => ({
        name: `${names[index]} ${name}`,
        colour: index === 0 ? colours.first : colours.second,
        dashed: !kept,
        points: epochs.flatMap(({ epoch, validation }) =>
          validation === null ? [] : [[from + epoch - 1, validation[measure]] as const],
        ),
      })),
    );
  if (lines('loss').every((line) => line.points.length === 0))
    return html`<p>Neither run was validated during training.</p>`;
  const legend = [
    { name: names[0], kind: 'series-1' },
    { name: names[1], kind: 'series-2' },
  ];
  const description = `Of ${names[0]} and ${names[1]}, by epoch, over all stages.`;
  const inPercent = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;
  const inNats = (value: number): string => String(Number(value.toPrecision(3)));
  return html`<div class="charts">
      ${chartFigure(
        'Validation loss (nats)',
        lineChart(
          { lines: lines('loss'), x: 'epoch', label: inNats },
          { id: 'losses', title: 'Validation loss', description },
        ),
        legend,
      )}
      ${chartFigure(
        'Validation top-1',
        lineChart(
          { lines: lines('top1'), x: 'epoch', label: inPercent, shares: true },
          { id: 'accuracies', title: 'Validation top-1', description },
        ),
        legend,
      )}
    </div>
    <p class="quiet">
      Dashed: stages that validation did not favour. Each run is validated on its own validation pictures.
    </p>`;
}

function settings(first: RunFacts, second: RunFacts, names: Names): Html {
  if (first.spec === null || second.spec === null)
    return html`<p>The spec of at least one of the runs is not known.</p>`;
  const differences = specDifferences(first.spec, second.spec);
  if (differences.length === 0) return html`<p>None.</p>`;
  return table(
    ['setting', ...names],
    differences.map(({ path, first: a, second: b }) => [
      html`<code>${path}</code>`,
      ...[a, b].map((value) => (value === undefined ? '–' : html`<code>${JSON.stringify(value)}</code>`)),
    ]),
  );
}

function checks(all: readonly RunFacts[]): Html {
  return html`<ul>
    ${all.map(({ result, figures, leaks, notes }) => [
      html`<li>
        ${result.run}:
        ${
          figures === null
            ? 'no test'
            : !isComputed(figures)
              ? `the outcomes of ${counted(figures.evaluation.count - figures.outcomes.length, 'picture')} are gone; the stored figures are shown`
              : figures.mismatches.length === 0
                ? `every figure is computed here from ${figures.outcomes.length} outcomes, and equals the stored figure`
                : figures.mismatches.join('; ')
        }
      </li>`,
      ...[...(figures === null ? [] : leakNotes(leaks)), ...notes].map((note) => html`<li>${result.run}: ${note}</li>`),
    ])}
  </ul>`;
}
