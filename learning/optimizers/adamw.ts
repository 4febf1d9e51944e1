import type { OptimizerSpec } from '../../contracts/spec/runSpec.js';
import { tf, type Tensor1D } from '../tensorflow.js';
import type { UpdateRule } from './rule.js';

/** AdamW (Loshchilov & Hutter 2019, alg. 2) as `torch.optim.AdamW`: the decay acts on the parameters, by rate·decay. */
export function adamw({ beta1, beta2, epsilon }: Extract<OptimizerSpec, { kind: 'adamw' }>): UpdateRule {
  return {
    slots: ['mean', 'variance'],
    update(parameters, gradients, slots, { rate, weightDecay, step }) {
      const [mean, variance] = slots as readonly [Tensor1D, Tensor1D];
      const nextMean = tf.add<Tensor1D>(tf.mul(mean, beta1), tf.mul(gradients, 1 - beta1));
      const nextVariance = tf.add<Tensor1D>(tf.mul(variance, beta2), tf.mul(tf.square(gradients), 1 - beta2));
      // Both bias corrections are numbers of the step, so they cost no pass over the parameters.
      const size = rate / (1 - beta1 ** step);
      const correction = 1 / Math.sqrt(1 - beta2 ** step);
      const deviation = tf.add(tf.mul(tf.sqrt(nextVariance), correction), epsilon);
      const kept = weightDecay === 0 ? parameters : tf.mul(parameters, 1 - rate * weightDecay);
      return {
        parameters: tf.sub<Tensor1D>(kept, tf.mul(tf.div(nextMean, deviation), size)),
        slots: [nextMean, nextVariance],
      };
    },
  };
}
