/** Models with computed parameters and small inputs, for tests of what is made of them. */
import { createHash } from 'node:crypto';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { FoldedNetwork, getBackbone, type NamedArray, type NamedArrays } from '../../learning/backbones/index.js';
import { fitCalibration } from '../../learning/metrics/trust/fitCalibration.js';
import { meansTensor, unlikeness } from '../../learning/metrics/trust/likeness.js';
import { tf, type Tensor, type Tensor4D } from '../../learning/tensorflow.js';
import { formulaNumbers, formulaParameters, writeSafetensors } from '../../learning/weights/index.js';
import { card } from '../fixtures/cardForTests.js';

export interface ModelForTests {
  card: ModelCard;
  /** The safetensors file the card names. */
  parameters: Uint8Array;
  arrays: NamedArrays;
  /** The file with the means of the classes that the card names, where it names one. */
  means?: Uint8Array;
}

/** Pictures that go through a network together. */
const atOnce = 16;

const classes = ['ants', 'bees', 'wasps', 'flies', 'moths'];

/**
 * @param size edge of the input, pixels @default the network's own
 * @param body parameters of the stages @default computed ones
 */
export function modelForTests(
  backboneName: string,
  size = getBackbone(backboneName).input.size,
  body?: NamedArrays,
): ModelForTests {
  const backbone = getBackbone(backboneName);
  const sized = { ...backbone, input: { ...backbone.input, size } };
  const isHead = (name: string): boolean => name.startsWith(`${backbone.classifierName}.`);
  const arrays = new Map(
    [...formulaParameters(sized, classes.length)].map(([name, array]): [string, NamedArray] => [
      name,
      (isHead(name) ? undefined : body?.get(name)) ?? calmed(name, array, `${backbone.classifierName}.weight`),
    ]),
  );
  const parameters = writeSafetensors(arrays);
  const { mean, std, interpolation } = backbone.input;
  const count = [...arrays.values()].reduce((sum, { data }) => sum + data.length, 0);
  const sha256 = createHash('sha256').update(parameters).digest('hex');
  const base = card('insects', 'run-1', 1);
  return {
    arrays,
    parameters,
    card: {
      ...base,
      classes,
      backbone: { ...base.backbone, name: backbone.name, license: backbone.licence, featureSize: backbone.featureSize },
      input: { resize: size + 8, crop: size, store: size, interpolation, mean: [...mean], std: [...std] },
      parameters: { sha256, bytes: parameters.byteLength, count },
    },
  };
}

/** The same, calibrated and with means of its classes, which no picture is beyond the limit of. */
export function modelWithMeans(backboneName: string, size?: number): ModelForTests & { classMeans: Float32Array } {
  const model = modelForTests(backboneName, size);
  const { featureSize } = getBackbone(backboneName);
  const classMeans = formulaNumbers('means', classes.length * featureSize, 0, 1 / Math.sqrt(featureSize));
  const means = writeSafetensors(new Map([[meansTensor, { shape: [classes.length, featureSize], data: classMeans }]]));
  const fitted = fitCalibration({ logits: [1, 0, 0, 1], labels: [0, 1] }, 2);
  const unlike = { means: createHash('sha256').update(means).digest('hex'), limit: 4 };
  return { ...model, card: { ...model.card, calibration: { ...fitted, unlike } }, means, classMeans };
}

/** A new head is linear everywhere; and computed weights must not let a residual network's activations grow without end. */
function calmed(name: string, array: NamedArray, head: string): NamedArray {
  if (name === head) return { ...array, shape: array.shape.slice(0, 2) };
  const factor = /(bn3|downsample\.1|conv\.[23])\.weight$/.test(name) ? 0.4 : 1;
  return factor === 1 ? array : { ...array, data: array.data.map((value) => value * factor) };
}

/** Pictures as a network sees them, [n, size, size, 3]. */
export function picturesForTests(count: number, size: number): Float32Array {
  return formulaNumbers('pictures', count * size * size * 3, 0, 1.5);
}

/** What `predict` computes, without the softmax: [n, classes]. */
export function predictedLogits(model: ModelForTests, pictures: Float32Array): Float32Array {
  return seen(model, pictures, (network, map) => network.logits(map));
}

/** How unlike the training pictures `predict` says they are: [n]. */
export function predictedUnlikeness(
  model: ModelForTests & { classMeans: Float32Array },
  pictures: Float32Array,
): Float32Array {
  const features = seen(model, pictures, (network, map) => network.pooled(map));
  const { featureSize } = model.card.backbone;
  return Float32Array.from({ length: features.length / featureSize }, (_, row) =>
    unlikeness(features.subarray(row * featureSize, (row + 1) * featureSize), model.classMeans),
  );
}

function seen(
  { card, arrays }: ModelForTests,
  pictures: Float32Array,
  of: (network: FoldedNetwork, map: Tensor4D) => Tensor,
): Float32Array {
  const { crop } = card.input;
  const backbone = getBackbone(card.backbone.name);
  using network = new FoldedNetwork({ ...backbone, input: { ...backbone.input, size: crop } }, arrays);
  const step = atOnce * crop * crop * 3;
  const parts: Float32Array[] = [];
  for (let from = 0; from < pictures.length; from += step) {
    const part = pictures.subarray(from, from + step);
    const x = tf.tensor4d(part, [part.length / (crop * crop * 3), crop, crop, 3]);
    parts.push(tf.tidy(() => of(network, network.run(x)).dataSync<'float32'>().slice()));
    x.dispose();
  }
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
