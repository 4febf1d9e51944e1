/** A recipe on an ImageFolder in this process: the same engine, without any service, store or checkpoint. */
import { inputSettings } from '../../activities/plan/inputSettings.js';
import { planStages, commonCut } from '../../activities/plan/stagePlans.js';
import type { StagePlan } from '../../contracts/spec/plan.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { FoldedNetwork, getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory, type Features } from '../../learning/features/index.js';
import { answersOf, evaluate } from '../../learning/metrics/evaluate.js';
import { Classifier } from '../../learning/inference/predict.js';
import {
  initialHead,
  trainStage,
  withTrained,
  type LabelledFeatures,
  type StageOutput,
} from '../../learning/training/index.js';
import { float16ToFloat32, float32ToFloat16 } from '../../learning/arrays/halfPrecision.js';
import { resolveWeights } from '../../learning/weights/index.js';
import { readImageFolder, type PixelSet } from './imageFolder.js';

export interface InProcessOptions {
  folder: string;
  spec: UserSpec;
  /** Training pictures of each class. @default all */
  perClass?: number;
  /** Where weights are cached. */
  home: string;
  /** Called after each stage, with the parameters so far. */
  onStage?: (output: StageOutput['result'], test: () => Promise<number>) => Promise<void>;
  /** Called with the trained network, the classifier included. */
  onEnd?: (parameters: NamedArrays) => Promise<void>;
  onFeatures?: (training: number, views: number) => void;
  onEpoch?: (stage: StagePlan, epoch: Parameters<Parameters<typeof trainStage>[0]['onEpoch']>[0]) => void;
}

/** @returns test top-1 */
export async function trainInProcess(options: InProcessOptions): Promise<number> {
  const { folder, home, onStage, onFeatures, onEpoch } = options;
  const spec = resolveSpec({ ...options.spec, dataset: { uri: 's3://bench/local' } });
  const { seed } = spec;
  const backbone = getBackbone(spec.backbone.name);
  const input = inputSettings(backbone.input, spec.preprocess);
  const weights = await resolveWeights({ backbone, source: spec.backbone.weights, home });
  const data = await readImageFolder(folder, input, seed, spec.dataset.splits.validation, options.perClass);
  const classes = data.classes.length;
  const stages = planStages(backbone, spec.head, spec.fineTune, {
    images: data.train.paths.length,
    recipe: spec.recipe,
  });
  const cut = commonCut(backbone, stages);
  using network = new FoldedNetwork(backbone, weights.parameters, {
    images: data.train.paths.length * spec.augmentation.views + data.validation.paths.length,
  });
  const features = async (set: PixelSet, views: number): Promise<Features> => {
    const computed = await computeFeatures(network, set.pixels, {
      ...{ input, views, seed, cut, images: set.paths },
      augmentation: spec.augmentation,
      batchSize: 32,
    });
    if (computed.cut === null || spec.cache.dtype === 'float32') return computed;
    // What storing them as float16 does to the numbers.
    const rounded = float16ToFloat32(float32ToFloat16(computed.cut.data));
    return { ...computed, cut: { ...computed.cut, data: rounded } };
  };
  const { views } = spec.augmentation;
  const trainFeatures = await features(data.train, views);
  const validationFeatures = data.validation.paths.length === 0 ? null : await features(data.validation, 1);
  onFeatures?.(data.train.paths.length, views);

  let parameters: NamedArrays = new Map([
    ...[...weights.parameters].filter(([name]) => !name.startsWith(`${backbone.classifierName}.`)),
    ...initialHead(backbone, classes),
  ]);
  const test = async (): Promise<number> => {
    using classifier = new Classifier({
      ...{ backbone, parameters, input },
      classes: data.classes,
      images: data.test.labels.length,
    });
    const probabilities = await classifier.classify(data.test.pixels);
    return evaluate(answersOf(probabilities, data.test.labels, data.classes.length), data.classes, []).top1;
  };
  for (const stage of stages) {
    const kind = stage.kind === 'head' ? 'pooled' : 'cut';
    const output = await trainStage({
      ...{ stage, backbone, classes, parameters, seed },
      featuresAfter: cut,
      mixing: spec.augmentation,
      train: labelled(trainFeatures, data.train, kind),
      validation: validationFeatures && labelled(validationFeatures, data.validation, kind),
      checkpoints: null,
      everySeconds: spec.checkpoint.everySeconds,
      onProgress: () => undefined,
      onEpoch: (epoch) => onEpoch?.(stage, epoch),
      signal: new AbortController().signal,
      finish: () => false,
    });
    parameters = withTrained(parameters, stage, output.parameters);
    await onStage?.(output.result, test);
  }
  await options.onEnd?.(parameters);
  return await test();
}

function labelled(features: Features, { labels }: PixelSet, kind: 'pooled' | 'cut'): LabelledFeatures {
  const array = features[kind];
  if (!array) throw new Error('nothing was cached at the cut');
  const block = { start: 0, count: features.count, data: array.data };
  return { features: new FeaturesInMemory(array.shape, features.views, [block]), labels };
}
