/** Labels that are probably wrong, by what heads on cached features make of pictures that they have not learnt. */
import type { ReviewLabelsInput, ReviewLabelsOutput } from '../../contracts/activities/reviewActivities.js';
import type { ImageEntry } from '../../contracts/data/dataset.js';
import { labelIssuesSchema, type LabelIssues, type ReviewedPicture } from '../../contracts/data/labelReview.js';
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { classesInOneFold, foldsOf } from '../../learning/metrics/folds.js';
import { isGiven, plainThreshold } from '../../learning/metrics/multiLabel/decisions.js';
import { outerFences } from '../../learning/metrics/trust/outerFences.js';
import { labelDoubts } from '../../learning/review/labelDoubts.js';
import { membershipsOf, type Memberships } from '../../learning/review/memberships.js';
import { surroundings } from '../../learning/review/surroundings.js';
import { foldProbabilities } from '../../learning/search/index.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { heldTogether, requireParts } from '../features/heldTogether.js';
import { loadFeatures } from '../features/loadFeatures.js';
import { heldOutFeatures, splitsOf } from '../search/heldOutPictures.js';
import { readPlan } from '../plan/planStore.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { findResult, keepResult, reuseResult, type ResultPlace } from '../shared/storedResults.js';
import { Issues, pictureOf } from './issues.js';

const stage = 'review';
const folds = 5;
/** Pictures near a doubtful one that are looked at. */
const neighbours = 5;
/** Pictures that show a class. */
const examplesEach = 2;
/** What is stored of the issues: more than a person looks at. */
const mostIssues = 5000;
/** Paths in the answer. */
const mostNamed = 3;

/**
 * @returns null where there are more pictures than the limit
 * @throws GraftworkError GW_NOT_FINITE when a head diverged; GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_…
 */
export async function reviewLabels(
  dependencies: ActivityDependencies,
  { plan: digest, most = Infinity, halvings }: ReviewLabelsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<ReviewLabelsOutput | null> {
  const plan = await readPlan(dependencies.cache, digest);
  if (plan.features.reduce((sum, { count }) => sum + count, 0) > most) return null;
  const { key, place } = placeOf(plan);
  const earlier = await findResult(dependencies, place);
  if (earlier !== undefined) {
    await reuseResult(dependencies, place, earlier);
    return inBrief(key, earlier);
  }
  return inBrief(key, await keepResult(dependencies, place, await findIssues(dependencies, plan, halvings, callbacks)));
}

function placeOf({ backbone, datasetVersion, features, spec }: Plan): {
  key: string;
  place: ResultPlace<LabelIssues>;
} {
  const key = contentKey('label-issues/2', {
    backbone: { name: backbone.name, sha256: backbone.sha256 },
    dataset: datasetVersion,
    features: features.map(({ key: own }) => own),
    ...{ folds, seed: spec.seed },
  });
  return {
    key,
    place: { object: objectKeys.trial(key), schema: labelIssuesSchema, what: 'a review of labels', stage },
  };
}

function inBrief(key: string, { pictures, counts, issues }: LabelIssues): ReviewLabelsOutput {
  const doubted = issues.filter(({ doubt }) => doubt !== undefined).slice(0, mostNamed);
  return { key, pictures, suspected: counts.mislabelled, examples: doubted.map(({ picture }) => picture.path) };
}

async function findIssues(
  dependencies: ActivityDependencies,
  plan: Plan,
  halvings: number,
  { progress, signal }: WorkCallbacks,
): Promise<LabelIssues> {
  const held = await heldTogether(dependencies, plan, splitsOf(plan), signal);
  requireParts(held, plan.spec.dataset.uri);
  const { images, together } = held;
  await using loaded = await loadFeatures(dependencies, plan, 'pooled', { signal, progress, stage, halvings });
  const pictures = heldOutFeatures(loaded);
  const { labelSets } = plan;
  const classes = plan.classes.length;
  const probabilities = await foldProbabilities({
    ...{ classes, folds, together, signal },
    ...{ train: pictures, seed: plan.spec.seed },
    onStep: (count, done, total) => {
      dependencies.measure('images', count, { stage });
      progress({ stage, done, total, unit: 'steps' });
    },
  });
  if (probabilities === undefined) {
    throw new GraftworkError('GW_NOT_FINITE', 'The loss of a head that was to judge labels became no number.', {
      remedy: 'Choose another backbone: its features are not fit for this.',
    });
  }
  const labels = images.map(({ label }) => label);
  const members = membershipsOf(pictures);
  const unjudged = classesInOneFold(foldsOf(labels, folds, together, labelSets), labels, classes, labelSets);
  const { doubts, sets } = labelDoubts({ probabilities, labels, classes, sets: labelSets, unjudged });
  const open = doubts.filter(({ index }) => images[index]?.reviewed !== true);
  const shown = open.slice(0, mostIssues);
  const wanted = shown.map(({ index }) => index);
  const { distances, nearest } = await surroundings(pictures, { classes, wanted, neighbours, together, signal });
  const groups = await new Datasets(dependencies.store).duplicates(plan.datasetVersion);
  const found = new Issues(images, fitsBy(probabilities, classes, labelSets));
  for (const [place, doubt] of shown.entries()) found.doubt(doubt, nearest[place] ?? []);
  found.contradictions(groups);
  found.outliers(members, distances, outerFences(distances, members.classes, classes));
  return {
    format: 1,
    dataset: plan.datasetVersion,
    classes: plan.classes,
    ...(sets === undefined ? {} : { labelSets: sets.map((set) => [...set]) }),
    pictures: images.length,
    reviewed: images.filter(({ reviewed }) => reviewed === true).length,
    ...{ folds, backbone: plan.backbone.name },
    unjudged,
    counts: { ...found.counts, mislabelled: open.length },
    issues: found.list().slice(0, mostIssues),
    examples: examplesOf(images, members, distances, recognisedBy(probabilities, classes, labelSets), classes),
  };
}

/** How well a label fits a picture: its out-of-fold probability; of a set of labels that of all of them and of no other. */
function fitsBy(probabilities: Float64Array, classes: number, sets: LabelSets | undefined) {
  const of = (index: number, label: number): number => probabilities[index * classes + label] as number;
  return (index: number, label: number): number => {
    if (sets === undefined) return of(index, label);
    const own = labelsOf(label, sets);
    return Array.from({ length: classes }, (_, k) => (own.includes(k) ? of(index, k) : 1 - of(index, k))).reduce(
      (product, value) => product * value,
      1,
    );
  };
}

/** Whether heads recognise a class in a picture without its labels. */
function recognisedBy(probabilities: Float64Array, classes: number, sets: LabelSets | undefined) {
  return (index: number, label: number): boolean => {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    const own = row[label] as number;
    return sets === undefined ? row.every((value) => value <= own) : isGiven(own, plainThreshold);
  };
}

/** Of each class the pictures nearest to its middle that are recognised without their label. */
function examplesOf(
  images: readonly ImageEntry[],
  { pictures, classes: classOf }: Memberships,
  distances: Float64Array,
  isRecognised: (index: number, label: number) => boolean,
  classes: number,
): ReviewedPicture[][] {
  const best = Array.from({ length: classes }, (): number[] => []);
  const isBetter = (a: number, b: number): number => (distances[a] as number) - (distances[b] as number);
  for (const [member, label] of classOf.entries()) {
    if (!isRecognised(pictures[member] as number, label)) continue;
    const own = best[label] as number[];
    own.push(member);
    own.sort(isBetter);
    own.length = Math.min(own.length, examplesEach);
  }
  return best.map((own) => own.map((member) => pictureOf(images[pictures[member] as number] as ImageEntry)));
}
