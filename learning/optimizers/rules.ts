/** The arithmetic of each optimizer. One more is one more entry; its settings are in `contracts/spec/stages/optimizerSpec.ts`. */
import type { OptimizerSpec } from '../../contracts/spec/stages/optimizerSpec.js';
import { tf, type Scalar, type Tensor1D } from '../tensorflow.js';
import type { UpdateRule } from './rule.js';

type Kind = OptimizerSpec['kind'];
type Settings<OfKind extends Kind> = Extract<OptimizerSpec, { kind: OfKind }>;

interface OptimizerEntry<Spec> {
  /** Weight decay that shows in a few hundred steps, for a search to try. */
  readonly strongDecay: number;
  rule(spec: Spec): UpdateRule;
}

const optimizers: { readonly [OfKind in Kind]: OptimizerEntry<Settings<OfKind>> } = {
  // It adds the decay to the gradient.
  sgd: { strongDecay: 1e-3, rule: sgd },
  // It takes the decay times the rate.
  adamw: { strongDecay: 0.3, rule: adamw },
};

/** The arithmetic a spec asks for. */
export function ruleFor(spec: OptimizerSpec): UpdateRule {
  const entry: OptimizerEntry<OptimizerSpec> = optimizers[spec.kind];
  return entry.rule(spec);
}

/** Weight decay of such an optimizer that shows in a few hundred steps. */
export function strongDecay(kind: Kind): number {
  return optimizers[kind].strongDecay;
}

/**
 * SGD as `torch.optim.SGD` (dampening 0): weight decay is added to the gradient, the velocity is µ·v + g, and the rate
 * multiplies the velocity (not the gradient), so that a change of rate acts at once. Nesterov steps along g + µ·v.
 */
function sgd({ momentum, nesterov }: Settings<'sgd'>): UpdateRule {
  return {
    slots: momentum === 0 ? [] : ['momentum'],
    numbers: ({ rate }) => [rate],
    update(parameters, gradients, [velocity], numbers, weightDecay) {
      const [rate] = numbers as readonly [Scalar];
      const gradient = weightDecay === 0 ? gradients : tf.add<Tensor1D>(gradients, tf.mul(parameters, weightDecay));
      if (velocity === undefined) return { parameters: tf.sub(parameters, tf.mul(gradient, rate)), slots: [] };
      const next = tf.add<Tensor1D>(tf.mul(velocity, momentum), gradient);
      const direction = nesterov ? tf.add<Tensor1D>(gradient, tf.mul(next, momentum)) : next;
      return { parameters: tf.sub(parameters, tf.mul(direction, rate)), slots: [next] };
    },
  };
}

/** AdamW (Loshchilov & Hutter 2019, alg. 2) as `torch.optim.AdamW`: the decay acts on the parameters, by rate·decay. */
function adamw({ beta1, beta2, epsilon }: Settings<'adamw'>): UpdateRule {
  return {
    slots: ['mean', 'variance'],
    // Both bias corrections are numbers of the step, so they cost no pass over the parameters.
    numbers: ({ rate, weightDecay, step }) => [
      rate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
      1 - rate * weightDecay,
    ],
    update(parameters, gradients, slots, numbers, weightDecay) {
      const [mean, variance] = slots as readonly [Tensor1D, Tensor1D];
      const [size, correction, kept] = numbers as readonly [Scalar, Scalar, Scalar];
      const nextMean = tf.add<Tensor1D>(tf.mul(mean, beta1), tf.mul(gradients, 1 - beta1));
      const nextVariance = tf.add<Tensor1D>(tf.mul(variance, beta2), tf.mul(tf.square(gradients), 1 - beta2));
      const deviation = tf.add(tf.mul(tf.sqrt(nextVariance), correction), epsilon);
      const decayed = weightDecay === 0 ? parameters : tf.mul(parameters, kept);
      return {
        parameters: tf.sub<Tensor1D>(decayed, tf.mul(tf.div(nextMean, deviation), size)),
        slots: [nextMean, nextVariance],
      };
    },
  };
}
