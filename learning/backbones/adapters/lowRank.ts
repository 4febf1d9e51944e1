/**
 * Low-rank adapters of linear layers (LoRA, Hu et al. 2021): x·W + α/rank · (x·A)·B in place of x·W, under peft's names. Pure.
 */
import type { AdapterSpec } from '../../../contracts/spec/stages/adapterSpec.js';
import type { Backbone } from '../backbone.js';
import type { ParameterSpec } from '../declaration.js';
import { declareLayers } from '../declare.js';

export interface AdapterNames {
  /** Of A, in torch order [rank, in]. */
  down: string;
  /** Of B, in torch order [out, rank]. */
  up: string;
}

/** The parameters of an adapter, by the torch name of its layer. */
export const adapterNames = (layer: string): AdapterNames => ({
  down: `${layer}.lora_A.weight`,
  up: `${layer}.lora_B.weight`,
});

/** The weight that a parameter of an adapter stands beside; of other parameters their own name. */
export const besideWeight = (parameter: string): string => parameter.replace(/\.lora_[AB]\.weight$/, '.weight');

export interface Adapter {
  /** Torch name of the layer, without `.weight`. */
  layer: string;
  down: ParameterSpec;
  up: ParameterSpec;
}

/** What the product of an adapter's two matrices is multiplied by. */
export const adapterScale = ({ rank, alpha }: Pick<AdapterSpec, 'rank' | 'alpha'>): number => alpha / rank;

/**
 * Adapters of some layers, in the network's order.
 * @param adapted torch names of linear layers
 */
export function adaptersOf(backbone: Backbone, adapted: readonly string[], rank: number): Adapter[] {
  const wanted = new Set(adapted);
  return declareLayers(backbone)
    .filter(({ name }) => wanted.has(name))
    .map(({ name: layer, stage, weight }) => {
      const [out = 0, width = 0] = weight.shape;
      const { down, up } = adapterNames(layer);
      const kind = 'linear.weight';
      return {
        layer,
        down: { name: down, shape: [rank, width], kind, stage },
        up: { name: up, shape: [out, rank], kind, stage },
      };
    });
}
