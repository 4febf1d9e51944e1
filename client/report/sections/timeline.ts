/** When each activity waited and ran, one row for each kind. */
import { duration } from '../../text/format.js';
import type { ActivityRecord } from '../facts/history.js';
import { axis, chart, chartFigure, colours } from '../page/chart.js';
import { html, type Html } from '../page/html.js';

/** What ECharts hands to a custom series: only what is used here. */
interface Drawing {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

const rowHeight = 22;
const barHeight = 12;
/** Shown twice, for wide and for narrow pages: text would be too small to read in one that is shrunk. */
const sizes = [
  { kind: 'wide', width: 860, left: 150, fontSize: 12 },
  { kind: 'narrow', width: 400, left: 128, fontSize: 11 },
] as const;

/** @param now for those still open; milliseconds since 1970 */
export function timeline(activities: readonly ActivityRecord[], now: number): Html {
  const began = Math.min(...activities.map(({ scheduledAt }) => scheduledAt));
  const types = [...new Set(activities.map(({ type }) => type))];
  const seconds = (time: number): number => (time - began) / 1000;
  const spans = activities.flatMap(({ type, scheduledAt, startedAt, endedAt }) => {
    const row = types.indexOf(type);
    const end = seconds(endedAt ?? now);
    const start = startedAt === null ? end : seconds(startedAt);
    return [
      { row, from: seconds(scheduledAt), to: start, ran: 0 },
      { row, from: start, to: end, ran: 1 },
    ].filter(({ from, to }) => to > from);
  });
  const end = Math.max(...spans.map(({ to }) => to), 1);
  const draw = ({ kind, width, left, fontSize }: (typeof sizes)[number]): Html =>
    html`<div class="${kind}">
      ${chart(
        {
          grid: { left, right: 16, top: 6, bottom: 40 },
          xAxis: axis('seconds since the start', {
            type: 'value',
            min: 0,
            max: Math.ceil(end),
            splitLine: { lineStyle: { color: colours.grid }, showMaxLine: false },
            axisLabel: { color: colours.quiet, fontSize, showMaxLabel: false },
          }),
          yAxis: axis('', {
            type: 'category',
            inverse: true,
            data: types,
            splitLine: { show: false },
            axisLabel: { color: colours.quiet, fontSize },
          }),
          series: [
            {
              type: 'custom',
              silent: true,
              data: spans.map(({ row, from, to, ran }) => [from, to, row, ran]),
              encode: { x: [0, 1], y: 2 },
              renderItem: (_: unknown, at: Drawing) => {
                const [x, y] = at.coord([at.value(0), at.value(2)]);
                const [x2] = at.coord([at.value(1), at.value(2)]);
                const ran = at.value(3) === 1;
                return {
                  type: 'rect',
                  shape: { x, y: y - barHeight / 2, width: Math.max(1.5, x2 - x), height: barHeight },
                  style: { fill: ran ? colours.first : colours.faint },
                };
              },
            },
          ],
        },
        {
          id: `timeline-${kind}`,
          title: 'Activities over time',
          description: `${types.length} kinds of activities over ${duration(end)}; the table has the numbers.`,
          width,
          height: 50 + rowHeight * types.length,
        },
      )}
    </div>`;
  return chartFigure('When each activity ran', html`${sizes.map(draw)}`, [
    { name: 'worked on', kind: 'series-1' },
    { name: 'waiting', kind: 'faint' },
  ]);
}
