/** What a person should know of a dataset version before believing its figures. Pure. */
import type { DatasetManifest, DrawnShare } from '../../../contracts/data/dataset.js';
import { quoted, quotedList } from '../folders/className.js';
import { alikeClasses, missingLabels } from './oddClasses.js';

/** How far a drawn share may be from the one asked for without a word. */
const muchOfAll = 0.05;

type Counted = Pick<DatasetManifest, 'classes' | 'classCounts' | 'drawn' | 'groups' | 'labelSets'>;

/** One sentence for each thing; none where all is well. */
export function remarksOn({ classes, classCounts, drawn, groups, labelSets }: Counted): string[] {
  const why = groups === undefined ? 'the classes are too small' : 'the groups are too large';
  const total = classes.map((_name, label) => sum(classCounts.train[label], classCounts.validation[label]));
  const tested = (label: number) => sum(classCounts.test[label]);
  // A picture that alone has a label may well train for its others.
  const least = labelSets === undefined ? 2 : 1;
  const single = classes.filter((_name, label) => least > 1 && sum(total[label], tested(label)) === 1);
  const untested = classes.filter((_name, label) => tested(label) === 0 && sum(total[label]) >= least);
  return [
    ...about(
      single,
      'has 1 picture, which is used neither for training nor for the test',
      'have 1 picture each, which is used neither for training nor for the test',
    ),
    ...about(untested, 'has no test picture, so no figure covers it', 'have no test picture, so no figure covers them'),
    ...alikeClasses(classes),
    ...missingLabels({ classes, classCounts }),
    ...shareRemark('test', drawn?.test, 'images', why),
    ...shareRemark('validation', drawn?.validation, drawn?.test === undefined ? 'images' : 'other images', why),
  ];
}

function about(classes: readonly string[], one: string, many: string): string[] {
  if (classes.length === 0) return [];
  if (classes.length === 1) return [`Class ${quoted(classes[0] ?? '')} ${one}.`];
  return [`${classes.length} classes ${many}: ${quotedList(classes)}.`];
}

function shareRemark(split: string, drawn: DrawnShare | undefined, from: string, why: string): string[] {
  if (drawn === undefined || drawn.of === 0) return [];
  const { share, count, of } = drawn;
  if (Math.abs(count / of - share) <= muchOfAll) return [];
  return [
    `The ${split} split holds ${percent(count / of)} of the ${from} (${count} of ${of}), not ${percent(share)}: ${why} for a closer split.`,
  ];
}

function sum(...numbers: (number | undefined)[]): number {
  return numbers.reduce<number>((total, number) => total + (number ?? 0), 0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
