/**
 * Batch normalisation's statistics measured on new pictures (AdaBN, Li et al. 2016): what a layer sees of drawings is not
 * distributed as what it saw of ImageNet's photos.
 */
import { tf, type Tensor, type Tensor1D, type Tensor4D } from '../../tensorflow.js';
import type { Backbone } from '../backbone.js';
import { ownBias, runStages } from './differentiable.js';
import { fusedConvolution } from './fusedConvolution.js';
import type { Convolution } from '../operations.js';
import { namedTensor, type NamedArray, type NamedArrays, type NamedTensors } from '../parameters.js';
import { TensorOperations, type AffineLayer } from './tensorOperations.js';
import { stageIndex } from '../stageIndex.js';

/** Weighted sums over the batches, by the norm's torch name. */
type Sums = Map<string, { weight: number; mean: Float64Array; variance: Float64Array }>;

/**
 * New means and variances of all batch normalisation in some stages. Each batch goes through them normalised by its own
 * statistics, as in training mode, and the batches' statistics are averaged (torch's `momentum=None`).
 *
 * @param parameters in TensorFlow's order, at least those from stage `from` on
 * @param batches activations before stage `from`, [batch, height, width, channels]; disposed of here
 * @param stages names of those whose statistics are measured
 * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
 * @returns `<norm>.running_mean` and `<norm>.running_var`, in the order of the network; none where it has no normalisation
 */
export async function adaptedStatistics(
  backbone: Backbone,
  parameters: NamedTensors,
  batches: AsyncIterable<Tensor4D>,
  stages: readonly string[],
  from: number,
): Promise<NamedArrays> {
  const sums: Sums = new Map();
  const operations = new Measuring(parameters, sums);
  const last = Math.max(...stages.map((name) => stageIndex(backbone, name)));
  for await (const batch of batches) {
    let x = batch;
    for (const [offset, stage] of backbone.stages.slice(from, last + 1).entries()) {
      const index = from + offset;
      const y = stages.includes(stage.name)
        ? tf.tidy(() => stage.run(operations, x))
        : runStages(backbone, parameters, x, { from: index, to: index + 1 });
      x.dispose();
      x = y;
    }
    x.dispose();
  }
  return new Map([...sums].flatMap(([name, sum]) => averaged(name, sum)));
}

function averaged(
  name: string,
  { weight, mean, variance }: { weight: number; mean: Float64Array; variance: Float64Array },
) {
  const array = (sum: Float64Array): NamedArray => ({
    shape: [sum.length],
    data: Float32Array.from(sum, (value) => value / weight),
  });
  return [
    [`${name}.running_mean`, array(mean)],
    [`${name}.running_var`, array(variance)],
  ] as const;
}

/** Batch normalisation in training mode, kept apart from its convolution so that its input can be measured. */
class Measuring extends TensorOperations {
  constructor(
    private readonly parameters: NamedTensors,
    private readonly sums: Sums,
  ) {
    super({
      affine: (o) => ({ filter: read(parameters, `${o.name}.weight`), bias: bias(parameters, o) }),
      parameter: (name) => namedTensor(parameters, name),
    });
  }

  override conv(x: Tensor4D, o: Convolution): Tensor4D {
    if (o.batchNorm === undefined) return super.conv(x, o);
    const { batchNorm, activation, ...plain } = o;
    const y = fusedConvolution(x, read(this.parameters, `${o.name}.weight`), bias(this.parameters, o), plain);
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    this.measure(batchNorm.name, y, mean, variance);
    const scale = tf.mul(
      read(this.parameters, `${batchNorm.name}.weight`),
      tf.rsqrt(tf.add(variance, batchNorm.epsilon)),
    );
    const z = tf.add<Tensor4D>(tf.mul(tf.sub(y, mean), scale), read(this.parameters, `${batchNorm.name}.bias`));
    return activation === undefined ? z : this.activate(z, activation);
  }

  private measure(name: string, { shape: [images, height, width] }: Tensor4D, mean: Tensor, variance: Tensor): void {
    const values = images * height * width;
    const sum = this.sums.get(name) ?? {
      weight: 0,
      mean: new Float64Array(mean.size),
      variance: new Float64Array(mean.size),
    };
    const [means, variances] = [mean.dataSync<'float32'>(), variance.dataSync<'float32'>()];
    for (let channel = 0; channel < means.length; channel++) {
      sum.mean[channel]! += images * means[channel]!;
      // Unbiased, as torch keeps it.
      sum.variance[channel]! += (images * variances[channel]! * values) / Math.max(1, values - 1);
    }
    sum.weight += images;
    this.sums.set(name, sum);
  }
}

function bias(parameters: NamedTensors, o: AffineLayer): Tensor1D {
  return ownBias(o, parameters) ?? tf.zeros([o.out]);
}

function read<T extends Tensor>(parameters: NamedTensors, name: string): T {
  return namedTensor(parameters, name) as T;
}
