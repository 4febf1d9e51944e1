/** Measurements against a peer in the same session: taken in turn, shown as a table or as JSON. */
import { table } from '../../cli/terminal/table.js';

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export interface Measure {
  name: string;
  ours: Spread;
  peer: Spread;
  /** Of the medians; which way round, the name says. */
  ratio: number;
  unit: string;
  repetitions: number;
}

export interface Samples {
  ours: number[];
  peer: number[];
}

/** Takes both sides' measurements in turn, the peer first in every other repetition, so that a drift of the machine hits both. */
export async function alternate(
  repetitions: number,
  sides: Record<keyof Samples, (repetition: number) => Promise<number>>,
): Promise<Samples> {
  const samples: Samples = { ours: [], peer: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const order = repetition % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const side of order) {
      const value = await sides[side](repetition);
      samples[side].push(value);
      process.stderr.write(`  ${repetition + 1} of ${repetitions}, ${side}: ${value.toPrecision(4)}\n`);
    }
  }
  return samples;
}

export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError('nothing was measured');
  const middle = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? max;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { min, median, max };
}

/** How the two medians become one number. */
export type RatioOf = 'ours ÷ peer' | 'peer ÷ ours';

export function compare(name: string, { ours, peer }: Samples, unit: string, ratioOf: RatioOf): Measure {
  const [us, them] = [spread(ours), spread(peer)];
  const ratio = ratioOf === 'ours ÷ peer' ? us.median / them.median : them.median / us.median;
  return { name, ours: us, peer: them, ratio, unit, repetitions: Math.min(ours.length, peer.length) };
}

/** To stdout. */
export function print(measures: readonly Measure[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ measures })}\n`);
    return;
  }
  const spreadText = ({ min, median, max }: Spread): string =>
    `${median.toPrecision(3)} (${min.toPrecision(3)}–${max.toPrecision(3)})`;
  const rows = measures.map(({ name, ours, peer, ratio, unit, repetitions }) => [
    name,
    `${spreadText(ours)} ${unit}`,
    `${spreadText(peer)} ${unit}`,
    ratio.toPrecision(3),
    repetitions,
  ]);
  process.stdout.write(`${table(['', 'ours', 'peer', 'ratio', 'repetitions'], rows)}\n`);
}
