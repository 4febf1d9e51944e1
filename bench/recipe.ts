/**
 * What a recipe reaches on an ImageFolder, in this process and without any service: for comparing settings.
 *
 *   node dist/bench/recipe.js <folder> [--spec <JSON>] [--weights <source>] [--seeds 0,1,2]
 */
import { parseArgs } from 'node:util';
import { resolveSpec } from '../contracts/recipes.js';
import type { InputSettings, StagePlan } from '../contracts/plan.js';
import type { UserSpec } from '../contracts/runSpec.js';
import { planStages, commonCut } from '../activities/stagePlans.js';
import { FoldedNetwork, getBackbone, type NamedArrays } from '../learning/backbones/index.js';
import { computeFeatures, FeaturesInMemory, type Features } from '../learning/features/index.js';
import { evaluate } from '../learning/metrics/evaluate.js';
import { Classifier } from '../learning/predict.js';
import { initialHead, trainStage, type LabelledFeatures } from '../learning/training/index.js';
import { float16ToFloat32, float32ToFloat16 } from '../learning/weights/halfPrecision.js';
import { resolveWeights } from '../learning/weights/index.js';
import { readImageFolder, type PixelSet } from './imageFolder.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    spec: { type: 'string', default: '{}' },
    weights: { type: 'string' },
    home: { type: 'string', default: '.graftwork' },
    seeds: { type: 'string', default: '0' },
  },
});
const folder = positionals[0] ?? '.';
const seeds = values.seeds.split(',').map(Number);
const scores: number[] = [];
for (const seed of seeds) scores.push(await runOnce(seed));
if (seeds.length > 1) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  print(`${folder}: mean test top-1 ${mean.toFixed(4)} of seeds ${values.seeds}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runOnce(seed: number): Promise<number> {
  const user = { ...(JSON.parse(values.spec) as UserSpec), seed, dataset: { uri: 's3://bench/local' } };
  const spec = resolveSpec(user);
  const backbone = getBackbone(spec.backbone.name);
  const { resize, size, interpolation, mean, std } = backbone.input;
  const input: InputSettings = {
    resize: spec.preprocess.resize ?? resize,
    crop: spec.preprocess.crop ?? size,
    interpolation: spec.preprocess.interpolation ?? interpolation,
    store: spec.preprocess.resize ?? resize,
    mean: [...mean],
    std: [...std],
  };
  const weights = await resolveWeights({ backbone, source: values.weights, home: values.home });
  const data = await readImageFolder(folder, input, seed);
  const classes = data.classes.length;
  const stages = planStages(backbone, spec.head, spec.fineTune);
  const cut = commonCut(backbone, stages);
  const features = async (set: PixelSet, views: number): Promise<Features> => {
    using network = new FoldedNetwork(backbone, weights.parameters);
    const { augmentation } = spec;
    const computed = await computeFeatures(network, set.pixels, {
      input,
      views,
      augmentation,
      seed,
      images: set.paths,
      cut,
      batchSize: 32,
    });
    if (computed.cut === null || spec.cache.dtype === 'float32') return computed;
    const rounded = float16ToFloat32(float32ToFloat16(computed.cut.data));
    return { ...computed, cut: { ...computed.cut, data: rounded } };
  };
  let startedAt = performance.now();
  const lap = (): string => {
    const seconds = (performance.now() - startedAt) / 1000;
    startedAt = performance.now();
    return `${seconds.toFixed(1)} s`;
  };
  const trainFeatures = await features(data.train, spec.augmentation.views);
  const validationFeatures = await features(data.validation, 1);
  print(`features: ${lap()}, ${data.train.paths.length} images × ${spec.augmentation.views} views`);

  let parameters: NamedArrays = new Map([
    ...[...weights.parameters].filter(([name]) => !name.startsWith(`${backbone.classifierName}.`)),
    ...initialHead(backbone, classes),
  ]);
  const test = async (): Promise<number> => {
    using classifier = new Classifier({ backbone, parameters, input, classes: data.classes });
    return evaluate(await classifier.classify(data.test.pixels), data.test.labels, data.classes, []).top1;
  };
  for (const stage of stages) {
    const kind = stage.kind === 'head' ? 'pooled' : 'cut';
    const output = await trainStage({
      stage,
      backbone,
      classes,
      parameters,
      featuresAfter: cut,
      train: labelled(trainFeatures, data.train, kind),
      validation: labelled(validationFeatures, data.validation, kind),
      seed,
      checkpoints: null,
      everySeconds: spec.checkpoint.everySeconds,
      onProgress: () => undefined,
      onEpoch: ({ epoch, loss, validation, seconds }) => {
        const validated = validation ? `${validation.top1.toFixed(3)} (${validation.loss.toFixed(3)})` : '';
        if (stage.kind === 'fineTune') print(`  ${epoch} ${loss.toFixed(3)} ${validated} ${seconds.toFixed(1)} s`);
      },
      signal: new AbortController().signal,
      finish: () => false,
    });
    parameters = new Map([...parameters, ...output.parameters]);
    const top1 = output.result.validation?.top1.toFixed(3);
    print(
      `${stage.name}: ${lap()}, validation ${top1}, ${describe(stage, output.result.bestEpoch)}, ${output.result.reason}`,
    );
    print(`  test ${(await test()).toFixed(4)}`);
    lap();
  }
  return test();
}

function labelled(features: Features, { labels }: PixelSet, kind: 'pooled' | 'cut'): LabelledFeatures {
  const array = features[kind];
  if (!array) throw new Error('nothing was cached at the cut');
  const block = { start: 0, count: features.count, data: array.data };
  return { features: new FeaturesInMemory(array.shape, features.views, [block]), labels };
}

function describe(stage: StagePlan, bestEpoch: number): string {
  return `epoch ${bestEpoch} of ${stage.training.epochs}`;
}
