/** What a run found out about augmentations, as a table; nothing where none were tried. */
import type { AugmentationChoice } from '../../contracts/spec/stages/augmentationChoice.js';
import { percent } from '../../client/text/format.js';
import { table } from '../terminal/table.js';

export function augmentationTable(choice: AugmentationChoice | undefined): string[] {
  if (choice === undefined || choice.policies.length === 0) return [];
  const rows = choice.policies.map(({ name, top1, interval: [low, high], loss, difference }) => [
    name,
    `${percent(top1)} (${percent(low)} to ${percent(high)})`,
    loss.toFixed(3),
    signed(difference.mean),
    `${signed(difference.interval[0])} to ${signed(difference.interval[1])}`,
    name === choice.chosen ? choice.reason : '',
  ]);
  return [table(['augmentation', 'validation', 'loss', 'against none', '95 % interval', 'chosen'], rows)];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
}
