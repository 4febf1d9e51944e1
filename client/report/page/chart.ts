/** A chart as SVG text. Colours are CSS variables of the page, so that one picture serves light, dark and paper. */
import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { Html, escapeHtml, html } from './html.js';

use([BarChart, CustomChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

export const colours = {
  ink: 'var(--ink)',
  quiet: 'var(--quiet)',
  grid: 'var(--grid)',
  /** Data that stands behind other data; the grid is too pale for data. */
  faint: 'var(--faint)',
  first: 'var(--series-1)',
  second: 'var(--series-2)',
} as const;

export interface ChartFrame {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What is to be seen, for those who do not see it. */
  description: string;
  /** Of the drawing, in pixels; the page scales it to the room there is. @default 420 × 240 */
  width?: number;
  height?: number;
}

/** Room around the plot, which text needs. */
export const usualGrid = { left: 56, right: 14, top: 14, bottom: 42 };

const text = { fontFamily: 'system-ui, sans-serif', fontSize: 12 };

/** Settings of an axis in the page's colours. */
export function axis(name: string, more: object = {}): object {
  return {
    name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: colours.quiet, ...text },
    axisLabel: { color: colours.quiet, ...text },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.grid } },
    ...more,
  };
}

/** What ECharts adds for a pointer over a drawing: nothing here reacts to one. */
const rulesForPointers = /<style ><!\[CDATA\[[^\]]*\]\]>\s*<\/style>| class="zr\d+-cls-\d+"/g;
/** Ids count the charts a process has drawn; the same report is to be the same bytes. */
const numberedIds = /(\bid="|url\(#)zr\d+-/g;

export function chart(
  option: EChartsCoreOption,
  { id, title, description, width = 420, height = 240 }: ChartFrame,
): Html {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    drawing.setOption({ animation: false, textStyle: text, ...option });
    const svg = drawing.renderToSVGString().replace(rulesForPointers, '').replace(numberedIds, `$1${id}-`);
    // The page is HTML: there an <svg> needs no namespace, and its size is the page's business.
    const body = svg.slice(svg.indexOf('>') + 1);
    return new Html(
      `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">` +
        `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-text">${escapeHtml(description)}</desc>${body}`,
    );
  } finally {
    drawing.dispose();
  }
}

/** One line of a line chart. */
export interface Line {
  name: string;
  colour: string;
  dashed?: boolean;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Lines {
  lines: readonly Line[];
  x: string;
  /** A label of the y axis from its value. */
  label: (value: number) => string;
  /** A label of the x axis from its value. @default the value itself */
  xLabel?: (value: number) => string;
  /** Whether values are shares: no axis goes beyond all of it. */
  shares?: boolean;
  logarithmic?: { x?: boolean; y?: boolean };
  /** Upright lines with a word at their top. */
  marks?: readonly { at: number; name: string }[];
}

/** Points of a line up to which each gets a dot. */
const mostDots = 40;

export function lineChart(
  { lines, x, label, xLabel, shares = false, logarithmic, marks = [] }: Lines,
  frame: ChartFrame,
): Html {
  const series = lines.map(({ name, colour, dashed = false, points }, index) => ({
    type: 'line',
    name,
    data: points,
    silent: true,
    showSymbol: points.length <= mostDots,
    symbol: 'circle',
    symbolSize: 5,
    lineStyle: { color: colour, width: 2, type: dashed ? 'dashed' : 'solid' },
    itemStyle: { color: colour },
    ...(index === 0 && marks.length > 0 ? { markLine: uprights(marks, endsOf(lines)) } : {}),
  }));
  const option = {
    grid: { ...usualGrid, top: marks.length > 0 ? 26 : usualGrid.top },
    xAxis: axis(x, {
      type: logarithmic?.x ? 'log' : 'value',
      scale: true,
      splitLine: { show: false },
      ...(xLabel ? { axisLabel: axisLabel(xLabel) } : {}),
      ...(logarithmic?.x ? {} : countedTo(lines)),
    }),
    yAxis: axis('', {
      type: logarithmic?.y ? 'log' : 'value',
      scale: true,
      axisLabel: axisLabel(label),
      ...(shares ? { max: ({ max }: { max: number }) => (max > 0.5 ? 1 : null) } : {}),
    }),
    series,
  };
  return chart(option, frame);
}

/** An axis of whole numbers. Its end is labelled only where that does not touch the round number before it. */
function countedTo(lines: readonly Line[]): object {
  const [first, last] = endsOf(lines);
  const interval = roundStep((last - first) / 5);
  const rest = (last - first) % interval;
  const showMaxLabel = rest === 0 || rest >= interval / 2;
  return {
    ...{ min: 'dataMin', max: 'dataMax', minInterval: 1, interval },
    axisLabel: { color: colours.quiet, ...text, showMaxLabel },
  };
}

/** The least of 1, 2, 5, 10, 20, … that is no smaller. */
function roundStep(atLeast: number): number {
  if (!(atLeast > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return ([1, 2, 5].find((step) => step * power >= atLeast) ?? 10) * power;
}

function axisLabel(formatter: (value: number) => string): object {
  return { color: colours.quiet, formatter, ...text };
}

/** The least and the largest place on the x axis. */
function endsOf(lines: readonly Line[]): [first: number, last: number] {
  const places = lines.flatMap(({ points }) => points.map(([place]) => place));
  return [Math.min(...places), Math.max(...places)];
}

/** Share of the axis that a mark's word takes. */
const wordWidth = 0.25;

function uprights(marks: NonNullable<Lines['marks']>, [first, last]: [number, number]): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: colours.quiet, type: 'dotted', width: 1 },
    label: { color: colours.quiet, formatter: '{b}', ...text, fontSize: 11 },
    data: withRoom(marks, (last - first) * wordWidth).map(({ at, name }) => ({
      ...{ xAxis: at, name },
      ...(last - at < ((last - first) * wordWidth) / 2 ? { label: { align: 'right' } } : {}),
    })),
  };
}

/** Without the words that would touch the one before them. Pure. @param apart least distance between two words, on the axis */
export function withRoom<M extends { at: number; name: string }>(marks: readonly M[], apart: number): M[] {
  let before = -Infinity;
  return marks.map((mark) => {
    if (mark.at - before < apart) return { ...mark, name: '' };
    before = mark.at;
    return mark;
  });
}

/** A chart with its heading and a legend in words. */
export function chartFigure(
  title: string,
  drawing: Html,
  legend: readonly { name: string; kind: string }[] = [],
): Html {
  return html`<figure class="chart">
    <figcaption>
      ${title}
      ${
        legend.length > 1 &&
        html`<ul class="legend">
          ${legend.map(({ name, kind }) => html`<li class="${kind}">${name}</li>`)}
        </ul>`
      }
    </figcaption>
    ${drawing}
  </figure>`;
}
