/** Two models side by side, for a person. */
import type { ModelComparison } from '../../client/models/compareModels.js';
import { headlineOf } from '../../learning/metrics/headline.js';
import { someClasses } from '../../client/folders/classesOfOneAlone.js';
import { chance, count, counted, percent, points, short } from '../../client/text/format.js';
import { facts, shortTable } from '../terminal/table.js';

/** Settings and classes shown; `--json` has all. */
const shown = 12;

/** @param sources of the two models' pictures, as a person called them */
export function comparisonText(
  { first, second, onSamePictures, perClass, classes, differences }: ModelComparison,
  sources: readonly [string, string],
): string {
  const name = ({ name: own, version }: ModelComparison['first']): string => `${own}@${version}`;
  const { pictures, champion, challenger, difference, onlyChampion, onlyChallenger, pValue, leftOut } = onSamePictures;
  const isMultiLabel = first.multiLabel !== undefined;
  const own = (model: ModelComparison['first']): string => {
    const { value, interval } = headlineOf(model);
    const [low, high] = interval;
    const figure = isMultiLabel ? `mAP ${percent(value)} on` : `${percent(value)} of`;
    return `${figure} its ${count(model.pictures)} (95 % interval ${percent(low)} to ${percent(high)}; data ${short(model.datasetVersion)})`;
  };
  const summary = facts([
    [name(first), own(first)],
    [name(second), own(second)],
    [
      'on the same',
      pictures === 0
        ? 'the two tests share no picture'
        : `${counted(pictures, 'picture')}: ${isMultiLabel ? 'the likeliest label is right in ' : ''}${percent(champion)} and ${percent(challenger)}${leftOut.gone === 0 ? '' : `; ${count(leftOut.gone)} others are in only one of the tests`}`,
    ],
    ...(pictures === 0
      ? []
      : ([
          [
            'difference',
            `${points(difference.mean)} points (95 % interval ${points(difference.low)} to ${points(difference.high)})`,
          ],
          [
            'disagree on',
            `${onlyChampion} that only ${name(first)} recognises, ${onlyChallenger} that only ${name(second)} does (McNemar's exact test: ${chance(pValue)})`,
          ],
        ] as [string, string][])),
    ['classes', onlyText(name(first), classes.onlyFirst)],
    ['classes', onlyText(name(second), classes.onlySecond)],
  ]);
  const change = (row: ModelComparison['perClass'][number]): number => Math.abs(row.second - row.first);
  const recalls = perClass.toSorted((a, b) => change(b) - change(a));
  return [
    summary,
    ...(recalls.length === 0
      ? []
      : [
          shortTable(
            [isMultiLabel ? 'likeliest label right' : 'recall', 'pictures', name(first), name(second)],
            recalls.map((row) => [row.class, row.pictures, percent(row.first), percent(row.second)]),
            shown,
          ),
        ]),
    ...(differences.length === 0
      ? []
      : [
          shortTable(
            ['setting', name(first), name(second)],
            differences.map(({ path, first: a, second: b }) => {
              const values = path === 'dataset.uri' ? sourceTexts(sources, [first, second]) : [a, b].map(jsonOf);
              return [path, ...values];
            }),
            shown,
          ),
        ]),
  ].join('\n\n');
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value);
}

/** One folder whose content changed has one name: the versions of its data tell the two apart. */
function sourceTexts(
  [a, b]: readonly [string, string],
  [first, second]: readonly [ModelComparison['first'], ModelComparison['second']],
): [string, string] {
  if (a !== b) return [a, b];
  return [`${a} (data ${short(first.datasetVersion)})`, `${b} (data ${short(second.datasetVersion)})`];
}

/** What the same pictures say nothing about. */
function onlyText(name: string, classes: readonly string[]): string | undefined {
  if (classes.length === 0) return undefined;
  return `only ${name} knows ${someClasses(classes, shown)}: the comparison does not cover that`;
}
