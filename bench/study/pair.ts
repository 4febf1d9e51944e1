/** One source on one data set: what the scores say of it, and what training it brings. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { inputSettings } from '../../activities/plan/inputSettings.js';
import { stageScoresSchema } from '../../contracts/models/ranking.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { FoldedNetwork, getBackbone } from '../../learning/backbones/index.js';
import { secondsPerImage, stageActivations } from '../../learning/features/index.js';
import { scoreFeatures } from '../../learning/transferability/scoreFeatures.js';
import { resolveWeights } from '../../learning/weights/index.js';
import { writeSafetensors } from '../../learning/arrays/safetensors.js';
import { readImageFolder } from '../imageFolders/imageFolder.js';
import { trainInProcess } from '../imageFolders/inProcess.js';

export interface StudySet {
  name: string;
  folder: string;
  /** Which pictures it is made of: a model trained on some of them is no source for the others. */
  base: string;
  /** Training pictures of each class. @default all */
  perClass?: number;
}

export interface StudySource {
  name: string;
  backbone: string;
  /** A file; the published ones otherwise. */
  weights?: string;
  /** Edge of its pictures, pixels. @default the network's own */
  crop?: number;
  /** What a model was trained on. */
  base?: string;
}

export const pairSchema = z.strictObject({
  set: z.string(),
  base: z.string(),
  source: z.string(),
  backbone: z.string(),
  counts: z.strictObject({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
  stages: z.array(stageScoresSchema),
  /** Validation top-1 after each epoch of the head. */
  headEpochs: z.array(z.number()),
  /** Test top-1 of the head alone, and after fine-tuning. */
  head: z.number(),
  fineTuned: z.number(),
  seconds: z.strictObject({ rank: z.number(), head: z.number(), fineTune: z.number() }),
});
export type Pair = z.infer<typeof pairSchema>;

/** @param keep file for the trained model's parameters */
export async function measurePair(set: StudySet, source: StudySource, home: string, keep?: string): Promise<Pair> {
  const backbone = getBackbone(source.backbone);
  const preprocess = source.crop === undefined ? {} : { crop: source.crop };
  const input = inputSettings(
    backbone.input,
    resolveSpec({ dataset: { uri: 's3://bench/none' }, preprocess }).preprocess,
  );
  const data = await readImageFolder(set.folder, input, 0, undefined, set.perClass);
  const weights = await resolveWeights({ backbone, source: source.weights, home });
  const counts = {
    ...{ train: data.train.labels.length, validation: data.validation.labels.length },
    test: data.test.labels.length,
  };

  const began = performance.now();
  using network = new FoldedNetwork(backbone, weights.parameters, { images: counts.train });
  const activations = await stageActivations(network, data.train.pixels, {
    input,
    batchSize: 32,
  });
  const stages = [];
  for (const { stage, dimensions, pooled, passes } of activations) {
    const scores = await scoreFeatures({ features: pooled, dimensions, labels: data.train.labels }, () =>
      Promise.resolve(),
    );
    stages.push({ stage, ...scores, secondsPerImage: secondsPerImage({ passes }) });
  }
  const ranked = performance.now();

  const headEpochs: number[] = [];
  let head = 0;
  let headEnded = ranked;
  const fineTuned = await trainInProcess({
    folder: set.folder,
    ...(set.perClass === undefined ? {} : { perClass: set.perClass }),
    home,
    spec: {
      ...{ preprocess, seed: 0 },
      backbone: { name: source.backbone, ...(source.weights ? { weights: source.weights } : {}) },
    },
    onEpoch: ({ kind }, { validation }) => void (kind === 'head' && headEpochs.push(validation?.top1 ?? 0)),
    onStage: async ({ kind }, test) => {
      if (kind !== 'head') return;
      headEnded = performance.now();
      head = await test();
    },
    onEnd: async (parameters) => {
      if (keep === undefined) return;
      await mkdir(dirname(keep), { recursive: true });
      await writeFile(keep, writeSafetensors(parameters));
    },
  });
  const ended = performance.now();
  return {
    ...{ set: set.name, base: set.base, source: source.name, backbone: source.backbone },
    ...{ counts, stages, headEpochs, head, fineTuned },
    seconds: { rank: (ranked - began) / 1000, head: (headEnded - ranked) / 1000, fineTune: (ended - headEnded) / 1000 },
  };
}
