/** What a stage does once, before its first step: statistics adapted to the new pictures, and the rate found. */
import type { RangeTest } from '../../contracts/spec/stages/rangeTest.js';
import { adaptedStatistics, declareParameters, stageIndex, toTensors, type NamedArrays } from '../backbones/index.js';
import { tf, type Tensor4D } from '../tensorflow.js';
import { rangeTest } from './rate/rangeTest.js';
import type { StageInput, TrainingState } from './stage/stageInput.js';
import { StageModel } from './stage/stageModel.js';

/** Statistics are measured on at most so many pictures, evenly spread over the split, … */
const mostImages = 1024;

/** … so many at once: the batch that normalises is part of the result, so it does not follow the memory. */
const imagesAtOnce = 32;

export interface Prepared {
  /** The stage's incoming parameters, with adapted statistics laid over. */
  readonly parameters: NamedArrays;
  /** The adapted statistics alone; none where they stay frozen. */
  readonly adapted: NamedArrays;
  readonly rangeTest: RangeTest | null;
}

/**
 * @param resumed the checkpoint the stage goes on from: what it was prepared with is in there, and is not computed again
 * @param pause awaited after each batch
 */
export async function prepareStage(
  input: StageInput,
  resumed: TrainingState | undefined,
  atOnce: number,
  pause: () => Promise<void>,
): Promise<Prepared> {
  const { stage, train, seed, dtype } = input;
  const adapted = resumed ? statisticsAmong(resumed.parameters) : await measuredStatistics(input, pause);
  const parameters = adapted.size === 0 ? input.parameters : new Map([...input.parameters, ...adapted]);
  if (stage.training.learningRate !== 'auto' || resumed?.rangeTest) {
    return { parameters, adapted, rangeTest: resumed?.rangeTest ?? null };
  }
  using model = new StageModel(stage, input.backbone, input.classes, parameters, input.featuresAfter);
  return {
    parameters,
    adapted,
    rangeTest: await rangeTest({ stage, model, parameters, train, seed, atOnce, dtype, pause }),
  };
}

function statisticsAmong(parameters: NamedArrays): NamedArrays {
  return new Map([...parameters].filter(([name]) => /\.running_(mean|var)$/.test(name)));
}

async function measuredStatistics(input: StageInput, pause: () => Promise<void>): Promise<NamedArrays> {
  const { stage, backbone, classes, featuresAfter } = input;
  if (stage.kind === 'head' || stage.training.batchNorm !== 'adapt') return new Map();
  const from = featuresAfter === null ? 0 : stageIndex(backbone, featuresAfter) + 1;
  const run = new Set(backbone.stages.slice(from).map(({ name }) => name));
  const specs = declareParameters(backbone, classes).filter((spec) => run.has(spec.stage));
  const tensors = toTensors(specs, input.parameters);
  try {
    return await adaptedStatistics(backbone, tensors, someImages(input, pause), stage.trainable, from);
  } finally {
    tf.dispose(tensors);
  }
}

/** View 0 of pictures spread over the training split. */
async function* someImages({ train }: StageInput, pause: () => Promise<void>): AsyncGenerator<Tensor4D> {
  const { features } = train;
  const count = Math.min(mostImages, features.count);
  const chosen = Array.from({ length: count }, (_, index) => Math.floor((index * features.count) / count));
  for (let start = 0; start < count; start += imagesAtOnce) {
    const indices = chosen.slice(start, start + imagesAtOnce);
    yield (await features.batch(indices, new Uint8Array(indices.length))) as Tensor4D;
    await pause();
  }
}
