/** What a review finds, in words: the sections of its page, in their order, and why a picture is there. Pure. */
import type { PictureFault } from '../../../contracts/data/labelReview.js';
import type { LabelReview, ReviewFinding } from '../../runs/review.js';
import { counted, percent } from '../../text/format.js';

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
    text: 'Heads that have not learnt these labels recognise another class. The surest come first.',
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
export function reasonsOf(finding: ReviewFinding, classes: readonly string[]): string[] {
  const { picture, suggested, doubt, alike, outlier, faults = [] } = finding;
  const name = (label: number | undefined): string => classes[label ?? -1] ?? '';
  const [own, other] = [name(picture.label), name(suggested)];
  return [
    ...(doubt === undefined
      ? []
      : [
          `Without its label, it is ${other} with ${percent(doubt.other)} and ${own} with ${percent(doubt.own)}.`,
          `Of the ${counted(doubt.neighbours.count, 'picture')} most like it, ${doubt.neighbours.own} ${doubt.neighbours.own === 1 ? 'is' : 'are'} ${own} and ${doubt.neighbours.other} ${doubt.neighbours.other === 1 ? 'is' : 'are'} ${other}.`,
        ]),
    ...(alike ?? []).map((twin) => `It looks like ${twin.path}, which is ${name(twin.label)}.`),
    ...(outlier === undefined
      ? []
      : [
          `Its distance to the class is ${outlier.distance.toFixed(2)}; ${outlier.limit.toFixed(2)} is the most that is usual.`,
        ]),
    ...faults.map(({ fault, value, limit }) => faultTexts[fault](value, limit)),
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
          `The labels of ${names} are not judged: all pictures of the class are kept together, so no head learns it without them.`,
        ]
      : []),
    ...(reviewed > 0 ? [`${counted(reviewed, 'label')} had been reviewed before.`] : []),
    ...remarks,
  ];
}

/** What was found, in one sentence. */
export function reviewSentence({ counts, pictures, findings, source }: LabelReview): string {
  const parts = [
    ...(counts.mislabelled > 0
      ? [`${counted(counts.mislabelled, 'label')} ${counts.mislabelled === 1 ? 'is' : 'are'} probably wrong`]
      : []),
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
