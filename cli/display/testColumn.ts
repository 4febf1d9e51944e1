/** Tests of models in one column, of which some may be of several labels. Pure. */
import type { Headline } from '../../learning/metrics/headline.js';
import { percent } from '../../client/text/format.js';

export type TestFigure = Pick<Headline, 'name' | 'value'>;

/** The figure of a model's test as lists have it. @param top1 null: no test */
export function figureOf({ top1, mAP }: { top1: number | null; mAP?: number | undefined }): TestFigure | undefined {
  if (mAP !== undefined) return { name: 'mAP', value: mAP };
  return top1 === null ? undefined : { name: 'top-1', value: top1 };
}

/** The title names the figure where all have the same one, else each cell does. @param figures undefined: no test */
export function testColumn(figures: readonly (TestFigure | undefined)[]): { title: string; cells: string[] } {
  const names = new Set(figures.flatMap((figure) => figure?.name ?? []));
  const isMixed = names.size > 1;
  const [name = 'top-1'] = names;
  return {
    title: isMixed ? 'test' : `test ${name}`,
    cells: figures.map((figure) => {
      if (figure === undefined) return '–';
      return isMixed ? `${figure.name} ${percent(figure.value)}` : percent(figure.value);
    }),
  };
}
