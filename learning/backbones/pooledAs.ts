/** Networks whose features are pooled in another way than their own, `vit_small_patch14_dinov2:token+mean`. */
import { GraftworkError } from '../../contracts/errors.js';
import { poolings, type Pooling } from '../../contracts/spec/sources/pooling.js';
import { pooledLinear, type Backbone } from './backbone.js';
import type { Stage } from './operations.js';

/** No published network calls a layer so: a head on other features must not be taken for the network's own classifier. */
export const attachedHead = 'attached_head';

export const isPooling = (text: string): text is Pooling => poolings.some((pooling) => pooling === text);

/** The last stages that pool its features in the other ways, none of which has parameters. */
export function otherPools({ pooling }: Backbone): { pooling: Pooling; stage: Stage }[] {
  return Object.entries(pooling?.others ?? {}).map(([name, part]) => ({
    pooling: name as Pooling,
    stage: part().stages.at(-1)!,
  }));
}

/** Names of what a ranking scores of a network: its stages, then the other ways to pool its features. */
export function scoredNames(backbone: Backbone): string[] {
  return [...backbone.stages.map(({ name }) => name), ...otherPools(backbone).map(({ pooling }) => pooling)];
}

/**
 * The network with its features pooled so, by the same weights; itself where that is its own way.
 * @throws GraftworkError GW_SPEC_INVALID naming the ways that it has
 */
export function pooledAs(whole: Backbone, pooling: Pooling): Backbone {
  const { usual, others } = whole.pooling ?? { usual: 'mean', others: {} };
  if (pooling === usual) return whole;
  const part = others[pooling]?.();
  if (part !== undefined) {
    return {
      ...whole,
      ...part,
      whole,
      name: `${whole.name}:${pooling}`,
      classifierName: attachedHead,
      classify: pooledLinear(attachedHead),
      imagenetTop1: undefined,
      parameterCount: undefined,
      timm: 'timm pools its features in another way',
      pooling: { usual: pooling, others: {} },
    };
  }
  throw new GraftworkError('GW_SPEC_INVALID', `${whole.name} has no features of the kind '${pooling}'.`, {
    remedy: `Leave out backbone.pooling, or choose: ${[usual, ...Object.keys(others)].join(', ')}.`,
  });
}
