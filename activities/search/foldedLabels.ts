/** `evaluation.folds` of a multi-label task: its figures over all pictures, each held out once, stored at a content key. */
import { mixingOf } from '../../contracts/spec/stages/augmentationSpec.js';
import { foldsAccuracySchema, type FoldsAccuracy } from '../../contracts/data/foldsAccuracy.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { getBackbone } from '../../learning/backbones/index.js';
import { wilsonInterval } from '../../learning/metrics/interval.js';
import { meanAveragePrecisionInterval, type ScoredPicture } from '../../learning/metrics/multiLabel/averages.js';
import { labelsAnswer } from '../../learning/metrics/multiLabel/evaluateLabels.js';
import { fitLabels } from '../../learning/metrics/multiLabel/fitLabels.js';
import { labelsInFolds } from '../../learning/search/index.js';
import { scheduleRevision } from '../../storage/checkpoints/scheduleRevision.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { loadFeatures } from '../features/loadFeatures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';
import { heldOutFeatures, type HeldOut } from './heldOutPictures.js';

const stage = 'evaluate';

type LabelFigures = Pick<FoldsAccuracy, 'folds' | 'count' | 'top1' | 'interval' | 'multiLabel'>;

/** @returns undefined where a head diverged @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT, GW_S3_… */
export async function labelFiguresInFolds(
  dependencies: ActivityDependencies,
  plan: Plan,
  { labels, together }: HeldOut,
  { signal, progress, folds, halvings }: Omit<LabelsInFolds, 'head' | 'stage'>,
): Promise<LabelFigures | undefined> {
  const { backbone, datasetVersion, features, spec, augmentation } = plan;
  const key = contentKey('labels-in-folds/1', {
    backbone: { name: backbone.name, sha256: backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: datasetVersion,
    features: features.map(({ key: own }) => own),
    ...{ head: spec.head, folds, seed: spec.seed },
    mixing: mixingOf(augmentation),
    schedule: scheduleRevision(spec.head),
  });
  const place = { object: objectKeys.trial(key), schema: foldsAccuracySchema, what: 'a test in folds', stage };
  const earlier = await findResult(dependencies, place);
  if (earlier !== undefined) {
    await reuseResult(dependencies, place, earlier);
    return earlier;
  }
  const options = { signal, progress, folds, halvings, stage, head: spec.head };
  const scored = await labelsInFoldsOf(dependencies, plan, { together }, options);
  if (scored === undefined) return undefined;
  return keepResult(dependencies, place, { folds, ...figuresOf(scored, labels, plan.classes.length) });
}

interface LabelsInFolds extends Pick<WorkCallbacks, 'signal' | 'progress'> {
  folds: number;
  head: HeadSpec;
  halvings: number;
  /** For logs and metrics. */
  stage: string;
}

/** What heads make of each label of the pictures whose features a plan has cached; undefined where one diverged. */
export async function labelsInFoldsOf(
  dependencies: ActivityDependencies,
  plan: Plan,
  { together }: Pick<HeldOut, 'together'>,
  { signal, progress, folds, halvings, head, stage: step }: LabelsInFolds,
): Promise<ScoredPicture[] | undefined> {
  const loading = { signal, progress, stage: step, halvings };
  await using loaded = await loadFeatures(dependencies, plan, 'pooled', loading);
  return await labelsInFolds({
    ...{ together, train: heldOutFeatures(loaded), folds, head, signal },
    backbone: getBackbone(plan.backbone.name),
    classes: plan.classes.length,
    seed: plan.spec.seed,
    mixing: plan.augmentation,
    onStep: (images) => dependencies.measure('images', images, { stage: step }),
  });
}

/** Figures of held-out pictures. Thresholds are those that the other pictures favour, so that no figure is measured on pictures that chose its threshold. */
export function figuresOf(
  scored: readonly ScoredPicture[],
  labels: readonly number[],
  classes: number,
): Omit<LabelFigures, 'folds'> {
  const average = meanAveragePrecisionInterval(scored, classes);
  const { multiLabel } = fitLabels(scored, classes);
  const answers = scored.map(({ scores, truth }, index) => labelsAnswer(scores, labels[index] as number, truth));
  const [count, hits] = [answers.length, answers.filter(({ rank }) => rank === 0).length];
  return {
    ...{ count, top1: hits / count, interval: wilsonInterval(hits, count) },
    multiLabel: {
      mAP: average.mean,
      interval: [average.low, average.high],
      microF1: multiLabel?.heldOut.microF1[1] ?? 0,
      macroF1: multiLabel?.heldOut.macroF1[1] ?? 0,
    },
  };
}
