/** Pretrained weights as text. */
import type { KeptWeights, WeightsEntry, WeightsFacts } from '../../learning/checkpoints/inventory.js';
import { bytes, count, percent } from '../../client/text/format.js';
import { facts, table } from '../terminal/table.js';

export function listText(entries: readonly WeightsEntry[]): string {
  return table(
    ['name', 'weights', 'size', 'ImageNet top-1', 'licence'],
    entries.map(({ name, here, bytes: size, imagenetTop1, licence, source }) => [
      ...[name, here ? 'here' : source === null ? 'none published' : 'to be fetched'],
      ...[sizeText(size), imagenetTop1 === null ? '–' : percent(imagenetTop1), licence],
    ]),
  );
}

export function factsText(shown: WeightsFacts): string {
  return facts(rowsOf(shown));
}

export function keptText(kept: KeptWeights): string {
  return facts([
    ...rowsOf(kept),
    ['sha256', kept.sha256],
    ['tensors', `${count(kept.tensors)}, all of the right shape`],
  ]);
}

function rowsOf(shown: WeightsFacts): [string, string][] {
  const { name, architecture, source, licence, parameters, imagenetTop1, here, input, labels, stages } = shown;
  const { size, resize, interpolation, mean, std, fit } = input;
  const how = fit === undefined ? `resized to ${resize}` : `${fit} to ${resize}`;
  return [
    ['weights', name],
    ['network', `${architecture}${parameters === null ? '' : ` (${count(parameters)} parameters)`}`],
    ['source', source ?? 'none is published: give name=<weights>'],
    ['on this machine', here ? 'yes' : 'no'],
    ['size', sizeText(shown.bytes)],
    ['licence', licence],
    ['ImageNet top-1', imagenetTop1 === null ? 'not known' : percent(imagenetTop1)],
    ['input', `${size} pixels, ${how}, ${interpolation}; mean ${mean.join(', ')}; std ${std.join(', ')}`],
    ...(labels === null ? [] : ([['classes', count(labels)]] as [string, string][])),
    ['stages', stages.join(', ')],
  ];
}

const sizeText = (size: number | null): string => (size === null ? '–' : bytes(size));
