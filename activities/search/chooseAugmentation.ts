/** `augmentation.policy: auto`: tries the usual policies on a bounded sample, never on the test split. */
import pMap from 'p-map';
import type { ChooseAugmentationInput } from '../../contracts/activities/choosingActivities.js';
import { augmentationChoiceSchema, type AugmentationChoice } from '../../contracts/spec/stages/augmentationChoice.js';
import { requireFitting } from '../../contracts/spec/taskProblems.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { candidatePolicies, choosePolicy, policyOf, type Policy } from '../../learning/search/policies.js';
import { scorePolicies, type Pictures } from '../../learning/search/scorePolicies.js';
import { featureParameters, FoldedNetwork } from '../../learning/backbones/index.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import type { ImageList, ListedImage } from '../plan/imageList.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { inputSettings } from '../plan/inputSettings.js';
import { findWeights } from '../backbone/networkParameters.js';
import { preprocessPicture } from '../features/pixelShards.js';
import { findBackbone } from '../backbone/sourceBackbone.js';
import { readSplits } from '../plan/splitImages.js';
import { findResult, keepResult, reuseResult } from '../shared/storedResults.js';

/** Training pictures of the sample: at least so many, more where there are many classes, but never too many. */
const sample = { least: 256, perClass: 8, most: 1024 };
const mostValidation = 512;
/** Pictures fetched and decoded at once. */
const concurrency = 4;

export async function chooseAugmentation(
  dependencies: ActivityDependencies,
  { spec, dataset, halvings, keepsGiven = false }: ChooseAugmentationInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<AugmentationChoice> {
  requireFitting(spec, dataset.task);
  const { measure } = dependencies;
  const source = await findBackbone(dependencies, spec.backbone);
  const { backbone } = source;
  const input = inputSettings(source.input, spec.preprocess);
  const splits = await readSplits(dependencies, { datasetVersion: dataset.version, spec }, signal);
  const { classes } = dataset;
  const { labelSets: sets } = await new Datasets(dependencies.store).trainable(dataset.version);
  const trainCount = Math.min(sample.most, Math.max(sample.least, sample.perClass * classes.length));
  const train = evenly(splits.train, trainCount);
  const validation = evenly(splits.validation, mostValidation);
  if (validation.length < 2) return asGiven(spec, train.length, 'no validation split to measure on');

  const weights = await findWeights(dependencies, backbone, { ...spec.backbone, weights: source.weights }, signal);
  const key = contentKey('augmentation/1', {
    backbone: { name: backbone.name, sha256: weights.sha256 },
    dataset: dataset.version,
    input,
    augmentation: spec.augmentation,
    head: spec.head,
    seed: spec.seed,
    ...(keepsGiven ? { keepsGiven } : {}),
  });
  const object = objectKeys.augmentationChoice(key);
  const place = {
    object,
    schema: augmentationChoiceSchema,
    what: 'a stored choice of augmentation',
    stage: 'augmentation',
  };
  const earlier = await findResult(dependencies, place);
  if (earlier !== undefined) return reuseResult(dependencies, place, earlier);

  const wanted = new Set(featureParameters(backbone).map(({ name }) => name));
  using network = new FoldedNetwork(backbone, new Map([...weights.parameters].filter(([name]) => wanted.has(name))), {
    images: train.length + validation.length,
  });
  const usual = candidatePolicies(spec.augmentation);
  const given: Policy = { name: 'as given', augmentation: { ...spec.augmentation, policy: 'given' } };
  const incumbent = keepsGiven ? (policyOf(usual, spec.augmentation) ?? given.name) : undefined;
  const policies = incumbent === given.name ? [...usual, given] : usual;
  let measured = 0;
  const outcomes = await scorePolicies(
    policies,
    await pictures(dependencies, train, input, signal),
    await pictures(dependencies, validation, input, signal),
    {
      ...{ network, input, signal, head: spec.head, seed: spec.seed, classes: classes.length },
      ...(sets === undefined ? {} : { sets }),
      batchSize: imagesAtOnce(usualBatch, halvings),
      onProgress: (done, total) => {
        measure('images', done - measured, { stage: 'augmentation' });
        measured = done;
        progress({ stage: 'augmentation', done, total, unit: 'images' });
      },
    },
  );
  if (outcomes.length === 0)
    return asGiven(spec, train.length, 'training a head on cached features diverged with every policy');
  const choice = choosePolicy(outcomes, incumbent);
  const found: AugmentationChoice = {
    format: 1,
    ...choice,
    augmentation: policies.find(({ name }) => name === choice.chosen)?.augmentation ?? spec.augmentation,
    images: { train: train.length, validation: validation.length },
  };
  return await keepResult(dependencies, place, found);
}

function asGiven({ augmentation }: ChooseAugmentationInput['spec'], train: number, why: string): AugmentationChoice {
  return {
    format: 1,
    chosen: 'given',
    reason: `as given: ${why}`,
    augmentation: { ...augmentation, policy: 'given' },
    policies: [],
    images: { train, validation: 0 },
  };
}

/** At most `count`, at equal distances: a version's images lie class by class, so every class has its share. */
function evenly(images: ImageList, count: number): ListedImage[] {
  if (images.length <= count) return images.slice(0, images.length);
  return Array.from({ length: count }, (_, i) => images.at(Math.floor((i * images.length) / count)));
}

async function pictures(
  { store }: ActivityDependencies,
  images: readonly ListedImage[],
  input: InputSettings,
  signal: AbortSignal,
): Promise<Pictures> {
  const squares = await pMap(images, (image) => preprocessPicture(store, image, input, { signal }), {
    concurrency,
    signal,
  });
  return {
    pixels: Buffer.concat(squares),
    labels: images.map(({ label }) => label),
    names: images.map(({ sha256 }) => sha256),
  };
}
