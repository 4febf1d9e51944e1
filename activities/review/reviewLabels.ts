/** Labels that are probably wrong, by what heads on cached features make of pictures that they have not learnt. */
import type { ReviewLabelsInput, ReviewLabelsOutput } from '../../contracts/activities/reviewActivities.js';
import type { DuplicateGroup, ImageEntry } from '../../contracts/data/dataset.js';
import {
  labelIssuesSchema,
  type LabelIssue,
  type LabelIssues,
  type ReviewedPicture,
} from '../../contracts/data/labelReview.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { foldsOf } from '../../learning/metrics/folds.js';
import { mislabelled, type Mislabelled } from '../../learning/metrics/trust/mislabelled.js';
import { outerFences } from '../../learning/metrics/trust/outerFences.js';
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
 * @returns null where there are more pictures than the limit, or a limit and pictures with several labels each
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
  if (plan.labelSets !== undefined) {
    // A run that only looks whether there is something to say goes on without a word.
    if (most !== Infinity) return null;
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      'A review judges one label a picture, and these pictures have several.',
      {
        remedy: 'Review a source with one label a picture.',
      },
    );
  }
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
  const unjudged = classesInOneFold(foldsOf(labels, folds, together), labels, classes);
  const suspects = mislabelled({ probabilities, labels, classes }).filter(
    ({ index }) => images[index]?.reviewed !== true && !unjudged.includes(labels[index] as number),
  );
  const wanted = suspects.slice(0, mostIssues).map(({ index }) => index);
  const { distances, nearest } = await surroundings(pictures, { classes, wanted, neighbours, together, signal });
  const groups = await new Datasets(dependencies.store).duplicates(plan.datasetVersion);
  const found = new Issues(images, probabilities, classes);
  for (const [place, suspect] of suspects.slice(0, mostIssues).entries()) found.doubt(suspect, nearest[place] ?? []);
  found.contradictions(groups);
  found.outliers(distances);
  return {
    format: 1,
    dataset: plan.datasetVersion,
    classes: plan.classes,
    pictures: images.length,
    reviewed: images.filter(({ reviewed }) => reviewed === true).length,
    ...{ folds, backbone: plan.backbone.name },
    unjudged,
    counts: { ...found.counts, mislabelled: suspects.length },
    issues: found.list().slice(0, mostIssues),
    examples: examplesOf(images, probabilities, distances, classes),
  };
}

/** Classes of which no head has learnt while their pictures were held out: nothing is known of their labels. */
function classesInOneFold(foldOf: readonly number[], labels: readonly number[], classes: number): number[] {
  const met = Array.from({ length: classes }, () => new Set<number>());
  for (const [index, label] of labels.entries()) met[label]?.add(foldOf[index] as number);
  return met.flatMap(({ size }, label) => (size === 1 ? [label] : []));
}

/** What is found, one entry for each picture. */
class Issues {
  readonly counts = { contradictory: 0, outliers: 0 };
  private readonly found = new Map<number, LabelIssue>();

  constructor(
    private readonly images: readonly ImageEntry[],
    private readonly probabilities: Float64Array,
    private readonly classes: number,
  ) {}

  list(): LabelIssue[] {
    return [...this.found.values()];
  }

  doubt({ index, suggested, own, other }: Mislabelled, nearest: readonly number[]): void {
    const having = (label: number): number => nearest.filter((one) => this.images[one]?.label === label).length;
    const given = this.image(index).label;
    const around = { count: nearest.length, own: having(given), other: having(suggested) };
    this.found.set(index, {
      picture: pictureOf(this.image(index)),
      suggested,
      doubt: { own, other, neighbours: around },
    });
  }

  /** Pictures that look the same under several labels: each of them, unless a person has looked at it. */
  contradictions(groups: Iterable<DuplicateGroup>): void {
    const indexOf = new Map(this.images.map(({ path }, index) => [path, index]));
    for (const { acrossClasses, paths } of groups) {
      if (!acrossClasses) continue;
      const members = paths.flatMap((path) => indexOf.get(path) ?? []);
      for (const index of members) {
        const own = this.image(index);
        const others = members.filter((member) => this.image(member).label !== own.label).slice(0, mostNamed);
        if (others.length === 0 || own.reviewed === true) continue;
        const known = this.found.get(index);
        if (known?.alike !== undefined) continue;
        this.counts.contradictory += 1;
        const likely = others
          .map((member) => this.image(member).label)
          .toSorted((a, b) => this.p(index, b) - this.p(index, a));
        const better = likely.find((label) => this.p(index, label) > this.p(index, own.label));
        const suggested = known?.suggested ?? better;
        this.found.set(index, {
          ...(known ?? { picture: pictureOf(own) }),
          ...(suggested === undefined ? {} : { suggested }),
          alike: others.map((member) => pictureOf(this.image(member))),
        });
      }
    }
  }

  /** Pictures far from their class, the farthest first. */
  outliers(distances: Float64Array): void {
    const labels = this.images.map(({ label }) => label);
    const fences = outerFences(distances, labels, this.classes);
    const far = labels.flatMap((label, index) => {
      const [distance, limit] = [distances[index] as number, fences[label] as number];
      return distance > limit && this.image(index).reviewed !== true ? [{ index, distance, limit }] : [];
    });
    this.counts.outliers = far.length;
    for (const { index, distance, limit } of far.sort((a, b) => b.distance / b.limit - a.distance / a.limit)) {
      const known = this.found.get(index) ?? { picture: pictureOf(this.image(index)) };
      this.found.set(index, { ...known, outlier: { distance, limit } });
    }
  }

  private image(index: number): ImageEntry {
    return this.images[index] as ImageEntry;
  }

  private p(index: number, label: number): number {
    return this.probabilities[index * this.classes + label] as number;
  }
}

/** Of each class the pictures nearest to its middle that are recognised without their label. */
function examplesOf(
  images: readonly ImageEntry[],
  probabilities: Float64Array,
  distances: Float64Array,
  classes: number,
): ReviewedPicture[][] {
  const best = Array.from({ length: classes }, (): number[] => []);
  const isBetter = (a: number, b: number): number => (distances[a] as number) - (distances[b] as number);
  for (const [index, { label }] of images.entries()) {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    if (row.some((value) => value > (row[label] as number))) continue;
    const own = best[label] as number[];
    own.push(index);
    own.sort(isBetter);
    own.length = Math.min(own.length, examplesEach);
  }
  return best.map((own) => own.map((index) => pictureOf(images[index] as ImageEntry)));
}

function pictureOf({ path, bucket, key, sha256, label }: ImageEntry): ReviewedPicture {
  return { path, bucket, key, sha256, label };
}
