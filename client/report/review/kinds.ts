/** What a review finds, in words: the sections of its page, in their order, and why a picture is there. Pure. */
import type { NamedLabels } from '../../../contracts/data/labelSets.js';
import type { PictureFault } from '../../../contracts/data/labelReview.js';
import type { LabelReview, ReviewFinding } from '../../runs/review.js';
import { inOneFold } from '../../text/foldsText.js';
import { counted, percent } from '../../text/format.js';
import { shownLabel } from './labelNames.js';

export interface FindingKind {
  id: keyof LabelReview['counts'];
  title: string;
  /** What the section is about. */
  text: string;
  is: (finding: ReviewFinding) => boolean;
}

const hasFault =
  (fault: PictureFault) =>
  ({ faults = [] }: ReviewFinding): boolean =>
    faults.some((one) => one.fault === fault);

/** A picture stands in the first section that it belongs to. */
export const findingKinds: readonly FindingKind[] = [
  {
    id: 'mislabelled',
    title: 'Probably mislabelled',
    text: 'Heads that have not learnt these labels recognise something else. The surest come first.',
    is: ({ doubt }) => doubt !== undefined,
  },
  {
    id: 'contradictory',
    title: 'Look-alikes with different labels',
    text: 'The same picture, or nearly the same, has several labels. At most one of them is right.',
    is: ({ alike }) => alike !== undefined,
  },
  {
    id: 'outliers',
    title: 'Unlike their class',
    text: 'These pictures are far from the middle of their class. Some may belong to no class at all.',
    is: ({ outlier }) => outlier !== undefined,
  },
  {
    id: 'dark',
    title: 'Too dark',
    text: 'Hardly a pixel of these pictures is bright, unlike most of the others.',
    is: hasFault('dark'),
  },
  {
    id: 'blurred',
    title: 'Too blurred',
    text: 'These pictures have far fewer edges than most of the others.',
    is: hasFault('blurred'),
  },
  {
    id: 'small',
    title: 'Too small',
    text: 'The network sees these pictures enlarged to more than twice their size, or they are less than half as large as most.',
    is: hasFault('small'),
  },
];

/** Why a picture is looked at, one sentence for each reason. */
export function reasonsOf(finding: ReviewFinding, labels: NamedLabels): string[] {
  const { alike, outlier, faults = [] } = finding;
  return [
    ...(finding.doubt?.labels === undefined ? doubtReasons(finding, labels) : labelReasons(finding.doubt, labels)),
    ...(alike ?? []).map((twin) => `It looks like ${twin.path}, which is ${shownLabel(labels, twin.label)}.`),
    ...(outlier === undefined
      ? []
      : [
          `Its distance to the class is ${outlier.distance.toFixed(2)}; ${outlier.limit.toFixed(2)} is the most that is usual.`,
        ]),
    ...faults.map(({ fault, value, limit }) => faultTexts[fault](value, limit)),
  ];
}

function doubtReasons({ picture, suggested, doubt }: ReviewFinding, labels: NamedLabels): string[] {
  if (doubt === undefined || suggested === undefined) return [];
  const [own, other] = [shownLabel(labels, picture.label), shownLabel(labels, suggested)];
  const { count, own: ofOwn, other: ofOther } = doubt.neighbours;
  return [
    `Without its label, it is ${other} with ${percent(doubt.other)} and ${own} with ${percent(doubt.own)}.`,
    `Of the ${counted(count, 'picture')} most like it, ${ofOwn} ${ofOwn === 1 ? 'is' : 'are'} ${own} and ${ofOther} ${ofOther === 1 ? 'is' : 'are'} ${other}.`,
  ];
}

/** Of several labels each by itself. */
function labelReasons(
  { labels = [], neighbours }: NonNullable<ReviewFinding['doubt']>,
  { classes }: NamedLabels,
): string[] {
  const [first] = labels;
  const having = first?.has === true ? neighbours.own : neighbours.other;
  return [
    ...labels.map(({ label, has, probability }) =>
      has
        ? `It has the label ${classes[label] ?? ''}, which heads see in it with only ${percent(probability)}.`
        : `It lacks the label ${classes[label] ?? ''}, which heads see in it with ${percent(probability)}.`,
    ),
    ...(first === undefined
      ? []
      : [
          `Of the ${counted(neighbours.count, 'picture')} most like it, ${having} ${having === 1 ? 'has' : 'have'} ${classes[first.label] ?? ''}.`,
        ]),
  ];
}

const faultTexts: Record<PictureFault, (value: number, limit: number) => string> = {
  dark: (value, limit) =>
    `95 % of its pixels are darker than ${value.toFixed(0)} of 255; ${limit.toFixed(0)} is the least that is usual.`,
  blurred: (value, limit) => `Its sharpness is ${value.toFixed(1)}; ${limit.toFixed(1)} is the least that is usual.`,
  small: (value, limit) =>
    `Its shorter side has ${value.toFixed(0)} pixels; ${limit.toFixed(0)} is the least that is usual.`,
};

/** What a person has to know before believing it, in sentences. */
export function reviewNotes({ unjudged, classes, reviewed, remarks }: LabelReview): string[] {
  const names = unjudged.map((label) => classes[label] ?? '').join(', ');
  return [
    ...(unjudged.length > 0
      ? [
          `The labels of ${names} are not judged: all pictures of the class are in one fold (${inOneFold}), so no head learns it without them. Add others of it.`,
        ]
      : []),
    ...(reviewed > 0 ? [`${counted(reviewed, 'label')} had been reviewed before.`] : []),
    ...remarks,
  ];
}

/** What was found, in one sentence. */
export function reviewSentence({ counts, pictures, findings, source, labelSets }: LabelReview): string {
  const { mislabelled: doubted } = counts;
  const wrong =
    labelSets === undefined
      ? `${counted(doubted, 'label')} ${doubted === 1 ? 'is' : 'are'} probably wrong`
      : `${counted(doubted, 'picture')} probably ${doubted === 1 ? 'lacks' : 'lack'} a label, or ${doubted === 1 ? 'has' : 'have'} a wrong one`;
  const parts = [
    ...(doubted > 0 ? [wrong] : []),
    ...(counts.contradictory > 0
      ? [
          `${counted(counts.contradictory, 'picture')} ${counts.contradictory === 1 ? 'looks' : 'look'} like one of another class`,
        ]
      : []),
  ];
  const of = `Of ${counted(pictures, 'picture')} at ${source}`;
  if (parts.length > 0) return `${of}, ${parts.join(' and ')}.`;
  if (findings.length > 0)
    return `${of}, no label is doubtful, but ${counted(findings.length, 'picture')} may teach little.`;
  return `${of}, none is suspicious.`;
}
