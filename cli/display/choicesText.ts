/** What a run chose by itself, in a few lines. */
import type { RunChoices } from '../../contracts/run/choices.js';
import { duration, percent } from '../../client/text/format.js';

/** Sources shown beside the one that was chosen. */
const sourcesShown = 4;

/** Pairs of a name and a value, for `facts`; none where the run chose nothing. */
export function choiceFacts(choices: RunChoices | undefined): [name: string, value: string][] {
  if (choices === undefined) return [];
  const { budget, made, sources, sample, leftOut = [], cut, next } = choices;
  const ranking = sources
    .slice(0, sourcesShown)
    .map(({ source, measure, linear, knn, cost }) => {
      const name = `${linear === undefined ? '5-NN' : 'linear'}${measure === undefined ? '' : ` ${measure}`}`;
      const score = `${name} ${percent(linear ?? knn)}`;
      return `${source} (${score}, about ${duration(cost.fineTune)})`;
    })
    .join(', ');
  const more = sources.length > sourcesShown ? `, and ${sources.length - sourcesShown} others` : '';
  return [
    ...(budget === null ? [] : [['budget', duration(budget.seconds)] as [string, string]]),
    ...made.map(({ what, chosen, why }): [string, string] => [`chosen ${what}`, `${chosen}: ${why}`]),
    ...(ranking === '' ? [] : [['chosen from', `${ranking}${more}; ranked on ${sample} pictures`] as [string, string]]),
    ...leftOut.map((text): [string, string] => ['not ranked', text]),
    ...cut.map((text): [string, string] => ['cut short', text]),
    ...(next.length === 0 ? [] : [['would try next', next.join('; ')] as [string, string]]),
  ];
}
