import type { OptimizerSpec } from '../../contracts/spec/runSpec.js';
import { tf, type Tensor1D } from '../tensorflow.js';
import type { UpdateRule } from './rule.js';

/**
 * SGD as `torch.optim.SGD` (dampening 0): weight decay is added to the gradient, the velocity is µ·v + g, and the rate
 * multiplies the velocity (not the gradient), so that a change of rate acts at once. Nesterov steps along g + µ·v.
 */
export function sgd({ momentum, nesterov }: Extract<OptimizerSpec, { kind: 'sgd' }>): UpdateRule {
  return {
    slots: momentum === 0 ? [] : ['momentum'],
    update(parameters, gradients, [velocity], { rate, weightDecay }) {
      const gradient = weightDecay === 0 ? gradients : tf.add<Tensor1D>(gradients, tf.mul(parameters, weightDecay));
      if (velocity === undefined) return { parameters: tf.sub(parameters, tf.mul(gradient, rate)), slots: [] };
      const next = tf.add<Tensor1D>(tf.mul(velocity, momentum), gradient);
      const direction = nesterov ? tf.add<Tensor1D>(gradient, tf.mul(next, momentum)) : next;
      return { parameters: tf.sub(parameters, tf.mul(direction, rate)), slots: [next] };
    },
  };
}
