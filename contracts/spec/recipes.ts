/**
 * Recipes: complete settings for everything a spec may leave out. `default` is what works best on small photo sets;
 * `reference` is PyTorch's transfer-learning tutorial to the letter, minus its mistakes.
 */
import type { z } from 'zod';
import { augmentationProblems, laterAugmentation } from './stages/augmentationSpec.js';
import { GraftworkError } from '../errors.js';
import { freezingPlan } from './stages/freezingPlans.js';
import { issueText } from '../issueText.js';
import { withoutListExtension } from './sources/listFile.js';
import { nameFrom } from '../names.js';
import { runSpecSchema, userSpecSchema, type RunSpec, type UserSpec } from './runSpec.js';
import type { DatasetSpec } from './sources/datasetSpec.js';
import { withFineTuneStep, withStage } from './stages/stageOverRecipe.js';
import { statedTask, taskProblems } from './taskProblems.js';
import { autoSource, leavesPooling, leftUndecided } from './undecided.js';

export type Recipe = Omit<RunSpec, 'dataset' | 'name'> & { splits: DatasetSpec['splits'] };

export const recipes: Record<RunSpec['recipe'], Recipe> = {
  default: {
    recipe: 'default',
    splits: { validation: 0.15, test: 0.2 },
    preprocess: {},
    backbone: { name: 'efficientnet_lite0' },
    augmentation: {
      // Each view costs a forward pass and room for its activations; a head on flowers was as good with four as with six.
      views: 4,
      horizontalFlip: true,
      cropScale: [0.4, 1],
      cropRatio: [3 / 4, 4 / 3],
      colorJitter: 0.2,
      ...laterAugmentation,
    },
    head: {
      epochs: 40,
      batchSize: 32,
      optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
      learningRate: 2e-3,
      schedule: { kind: 'cosine', finalShare: 0 },
      warmupEpochs: 1,
      labelSmoothing: 0.1,
      patience: null,
      keepBest: true,
    },
    fineTune: [
      {
        unfreeze: 'default',
        // Small sets need more epochs, and smaller batches: a step of 16 pictures helps as much as one of 32, in half the time.
        epochs: 'auto',
        batchSize: 16,
        dropLast: true,
        optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 },
        // With frozen statistics nothing rescales activations, so the rate is delicate: SGD at 0.02 diverged on drawings,
        // AdamW at 5e-4 threw ants and bees back to 0.73 in its first epoch. 3e-4 held on all four sets tried.
        learningRate: 3e-4,
        schedule: { kind: 'cosine', finalShare: 0 },
        warmupEpochs: 1,
        labelSmoothing: 0.1,
        patience: null,
        keepBest: true,
        backboneRateFactor: 1,
        stageRateDecay: 1,
      },
    ],
    // The fewer pictures there are, the more those of validation help: 2.8 points with 5 a class, 0.2 with hundreds.
    refit: 'auto',
    cache: { dtype: 'float32' },
    compute: { dtype: 'auto' },
    evaluation: { topK: [5], testTimeAugmentation: { views: 1 } },
    checkpoint: { everySeconds: 10 },
    seed: 0,
  },
  reference: {
    recipe: 'reference',
    // All training images train: validation decides nothing here.
    splits: { validation: 0, test: 0.2 },
    preprocess: { resize: 256, crop: 224, interpolation: 'bilinear' },
    backbone: { name: 'resnet50' },
    augmentation: {
      views: 1,
      horizontalFlip: false,
      cropScale: null,
      cropRatio: [1, 1],
      colorJitter: 0,
      ...laterAugmentation,
    },
    head: {
      epochs: 10,
      batchSize: 32,
      optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
      learningRate: 1e-3,
      schedule: { kind: 'constant' },
      warmupEpochs: 0,
      labelSmoothing: 0,
      patience: null,
      keepBest: false,
    },
    fineTune: [
      {
        unfreeze: 'last',
        epochs: 10,
        batchSize: 32,
        optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
        learningRate: 1e-3,
        schedule: { kind: 'constant' },
        warmupEpochs: 0,
        labelSmoothing: 0,
        patience: null,
        keepBest: false,
        backboneRateFactor: 1,
        stageRateDecay: 1,
      },
    ],
    refit: false,
    cache: { dtype: 'float32' },
    compute: { dtype: 'auto' },
    evaluation: { topK: [5], testTimeAugmentation: { views: 1 } },
    checkpoint: { everySeconds: 10 },
    seed: 0,
  },
};

/**
 * A person's spec over its recipe: what it says wins, what it leaves out is the recipe's. Nested settings are merged
 * field by field; a schedule, and an optimizer of another kind, is replaced whole, since its fields depend on it. Each item of
 * `fineTune` is merged over the recipe's first fine-tune step, or over the step of its number where a `plan` is named; an empty
 * list means no fine-tuning. The model's name, when left out, is the last part of the dataset's URI.
 * @throws GW_SPEC_INVALID naming every offending field by its path, and the remedy.
 */
export function resolveSpec(user: UserSpec): RunSpec {
  const given = parse(userSpecSchema, user);
  const { splits, ...recipe } = recipes[given.recipe ?? 'default'];
  const uri = given.dataset?.uri;
  if (given.dataset === undefined || uri === undefined) {
    throw new GraftworkError('GW_SPEC_INVALID', 'The run spec is not valid.\n  dataset.uri: missing', {
      remedy: 'Say where the images are: `dataset: {uri: s3://bucket/prefix}`, or `graftwork train <folder>`.',
    });
  }
  const steps = given.plan === undefined ? undefined : freezingPlan(given.plan, recipe.fineTune);
  const [firstStep] = recipe.fineTune;
  const auto = given.backbone?.name === autoSource;
  const undecided = leftUndecided(given, auto);
  const { imbalance = 'plain' } = given;
  const balanced = (stage: object): object =>
    imbalance === 'plain' || imbalance === 'auto' ? stage : { imbalance, ...stage };
  const spec = parse(runSpecSchema, {
    ...recipe,
    name: given.name ?? nameOf(uri),
    dataset: { ...given.dataset, ...statedTask(given), splits: { ...splits, ...given.dataset.splits } },
    preprocess: withPreprocess(recipe.preprocess, given.preprocess),
    backbone: { ...recipe.backbone, ...decidedPooling(given.backbone) },
    augmentation: { ...recipe.augmentation, ...given.augmentation },
    head: balanced(withStage(recipe.head, given.head)),
    fineTune: (steps === undefined
      ? (given.fineTune?.map((step) => withFineTuneStep(firstStep, step)) ?? recipe.fineTune)
      : steps.map((step, index) => withFineTuneStep(step, given.fineTune?.[index]))
    ).map(balanced),
    // What is decided stands in the stages.
    ...(given.imbalance === 'auto' ? { imbalance: given.imbalance } : {}),
    refit: given.refit ?? recipe.refit,
    cache: { ...recipe.cache, ...given.cache },
    compute: { ...recipe.compute, ...given.compute },
    evaluation: { ...recipe.evaluation, ...given.evaluation },
    checkpoint: { ...recipe.checkpoint, ...given.checkpoint },
    seed: given.seed ?? recipe.seed,
    ...(given.promotion === undefined ? {} : { promotion: given.promotion }),
    ...(given.budget === undefined ? {} : { budget: given.budget }),
    ...(undecided.length === 0 ? {} : { undecided }),
  });
  if (steps !== undefined && (given.fineTune?.length ?? 0) > steps.length) {
    throw invalid([`fineTune[${steps.length}]: the plan ${given.plan} has ${steps.length} fine-tune steps`]);
  }
  checkRanges(spec);
  return spec;
}

/** Without the word that leaves the pooling open, which stands among what is undecided. */
function decidedPooling(given: object | undefined): object {
  const entries = Object.entries(given ?? {});
  return Object.fromEntries(leavesPooling(given) ? entries.filter(([name]) => name !== 'pooling') : entries);
}

/** The recipe's size after resizing is meant for a crop: who wants the whole picture does not want its edge cut off. */
function withPreprocess(recipe: RunSpec['preprocess'], given: RunSpec['preprocess'] = {}): RunSpec['preprocess'] {
  const { resize, ...rest } = recipe;
  const isWhole = given.fit === 'pad' || given.fit === 'squash';
  return { ...rest, ...(isWhole || resize === undefined ? {} : { resize }), ...given };
}

/** `s3://bucket/photos/flowers/` becomes `flowers`; a manifest's extension is left out. @throws GW_SPEC_INVALID */
function nameOf(uri: string): string {
  const parts = uri.replace(/^s3:\/\//, '').split('/');
  const last = parts.filter((part) => part !== '').at(-1) ?? '';
  const name = nameFrom(withoutListExtension(last));
  if (name === undefined) throw unnamed(last);
  return name;
}

/** Models of two such sources would share one name. @param source what would name the model */
export function unnamed(source: string): GraftworkError {
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `name: “${source}” has no letters of a to z to make a model's name of.`,
    {
      remedy: 'Give the model a name: `--name flowers`, or `name: flowers` in the spec.',
    },
  );
}

/** What no single field can tell. */
function checkRanges(spec: RunSpec): void {
  const { resize, crop } = spec.preprocess;
  const { task } = spec.dataset;
  const problems = [
    ...augmentationProblems(spec.augmentation),
    ...(task === undefined ? [] : taskProblems(spec, task)),
  ];
  if (spec.backbone.name === autoSource && spec.backbone.weights !== undefined) {
    problems.push('backbone.weights: there is no choice of a source beside it: name its architecture, or leave it out');
  }
  if (resize !== undefined && crop !== undefined && crop > resize) {
    problems.push(`preprocess.crop: ${crop} is more than preprocess.resize, ${resize}`);
  }
  if (problems.length > 0) throw invalid(problems);
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map((issue) => `${pathText(issue.path)}: ${issueText(issue, value)}`));
}

/** `['fineTune', 0, 'epochs']` becomes `fineTune[0].epochs`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (before, part) => (typeof part === 'number' ? `${before}[${part}]` : `${before}.${String(part)}`),
    '',
  );
  return text === '' ? '(top level)' : text.replace(/^\./, '');
}

function invalid(problems: readonly string[]): GraftworkError {
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `The run spec is not valid.\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    { remedy: 'Correct the fields named above; `graftwork schema` prints every field with its type and range.' },
  );
}
