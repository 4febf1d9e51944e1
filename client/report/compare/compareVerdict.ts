/** Which of two runs is better, in a few sentences. Pure. */
import { classesOfOneAlone, someClasses } from '../../folders/classesOfOneAlone.js';
import { chance, counted, percent, percentOfAll, points } from '../../text/format.js';
import type { TestComparison } from './compare.js';
import type { Figures } from '../facts/figures.js';
import { headlineOf } from '../../../learning/metrics/headline.js';
import { isolated } from '../page/html.js';
import type { RunFacts } from '../facts/runFacts.js';
import { leakNotes, type Verdict } from '../verdict.js';

/** Chance below which a difference is called clear. */
const significance = 0.05;

/** What the two runs are called. */
export type Names = readonly [string, string];

export function verdictOfTwo(first: RunFacts, second: RunFacts, tests: TestComparison | null, names: Names): Verdict {
  const found = verdictOf(first.figures, second.figures, tests, names);
  return withLeaks(withClasses(found, first.figures, second.figures, names), [first, second], names);
}

function verdictOf(first: Figures | null, second: Figures | null, tests: TestComparison | null, names: Names): Verdict {
  if (first === null || second === null || tests === null) {
    const untested = [first, second].flatMap((figures, index) => (figures === null ? [names[index]] : []));
    return {
      sentence: `${untested.join(' and ')} ${untested.length > 1 ? 'have' : 'has'} not been tested.`,
      notes: [],
      tone: 'open',
    };
  }
  const [a, b] = names;
  if (isOfLabels(first) !== isOfLabels(second)) {
    const [several, one] = isOfLabels(first) ? [a, b] : [b, a];
    return {
      sentence: `${several} gives a picture any number of labels, ${one} exactly one class: no figure compares them.`,
      notes: [],
      tone: 'open',
    };
  }
  if (tests.kind === 'different') {
    const shared = tests.isKnown ? 'No picture is in both tests.' : 'It is not known which pictures are in both tests.';
    return {
      sentence: `The two tests used different pictures: ${a} ${testText(first)}, ${b} ${testText(second)}.`,
      notes: [`${shared} So the two figures do not show for certain which model is better.`],
      tone: 'open',
    };
  }
  const { pictures, alone, both, onlyFirst, onlySecond, change, pValue } = tests.comparison;
  const recognised = isOfLabels(first) ? 'finds a right label first in' : 'recognises';
  const [better, worse] = change.mean > 0 ? [b, a] : [a, b];
  const interval = `95 % interval of the difference, ${b} less ${a}: ${points(change.low)} to ${points(change.high)} points`;
  const notes = [
    `${interval}; McNemar's exact test: ${chance(pValue)}.`,
    ...(alone === 0 ? [] : [`${counted(alone, 'picture')} of only one test ${alone === 1 ? 'is' : 'are'} left out.`]),
    ...(pValue >= significance && change.low * change.high > 0
      ? [
          'The interval excludes zero, but the test does not find a clear difference. The two methods may disagree on so few pictures, and the stricter one decides.',
        ]
      : []),
  ];
  return pValue < significance
    ? {
        sentence: `${better} is better than ${worse}: it ${recognised} ${(Math.abs(change.mean) * 100).toFixed(1)} percentage points more of the same ${counted(pictures, 'test picture')}.`,
        notes,
        tone: 'good',
      }
    : {
        sentence: `${counted(pictures, 'test picture')} show no clear difference between ${a} and ${b}: ${isOfLabels(first) ? 'the likeliest label is right in ' : ''}${percentOfAll((both + onlyFirst) / pictures)} and ${percentOfAll((both + onlySecond) / pictures)}.`,
        notes,
        tone: 'open',
      };
}

/** Of a multi-label model the same pictures are compared by their likeliest label. */
function isOfLabels({ evaluation }: Figures): boolean {
  return evaluation.multiLabel !== undefined;
}

/** A model that has lost a class is not asked about it: of the same pictures there are none. */
function withClasses(verdict: Verdict, first: Figures | null, second: Figures | null, names: Names): Verdict {
  if (first === null || second === null) return verdict;
  const { onlyFirst, onlySecond } = classesOfOneAlone(first.classes, second.classes);
  const notes = [onlyFirst, onlySecond].flatMap((classes, index) =>
    classes.length === 0
      ? []
      : [
          `Only ${names[index]} knows ${someClasses(classes.map(isolated))}: the comparison on the same pictures does not cover that.`,
        ],
  );
  return notes.length === 0 ? verdict : { ...verdict, notes: [...verdict.notes, ...notes], tone: 'open' };
}

/** A figure that is too good for one of them may be all the difference there is. */
function withLeaks({ sentence, notes, tone }: Verdict, all: readonly RunFacts[], names: Names): Verdict {
  const found = all.flatMap(({ figures, leaks }, index) =>
    figures === null ? [] : leakNotes(leaks).map((note) => `${names[index]}: ${note}`),
  );
  return { sentence, notes: [...notes, ...found], tone: found.length > 0 ? 'open' : tone };
}

export function testText({ evaluation }: Figures): string {
  const { name, value, interval } = headlineOf(evaluation);
  const figure = name === 'mAP' ? `mAP ${percentOfAll(value)} on` : `${percentOfAll(value)} of`;
  return `${figure} ${evaluation.count} (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`;
}
