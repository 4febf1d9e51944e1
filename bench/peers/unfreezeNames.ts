import type { Backbone } from '../../learning/backbones/index.js';

/** What `unfreeze` means, in the names that PyTorch's modules have. */
export function unfreezeNames(backbone: Backbone, unfreeze: 'default' | 'last'): string[] {
  const stages = unfreeze === 'last' ? [backbone.lastStage] : backbone.defaultUnfreeze;
  // timm keeps a stage's batch normalisation beside its convolution.
  return stages.flatMap((stage) => (stage === 'conv_head' ? ['conv_head', 'bn2'] : [stage]));
}
