import type { Backbone } from './backbone.js';
import { hasPositions } from './declare.js';

/** A network as Python makes it. */
export interface TorchNetwork {
  library: 'torchvision' | 'timm';
  model: string;
  /** Python for its arguments besides the number of classes, each after a comma. */
  moreArguments: string;
}

/** The network with layers of exactly these names; undefined where neither torchvision nor timm has it. */
export function torchNetwork(backbone: Backbone): TorchNetwork | undefined {
  const { torchvision, timm } = backbone;
  if (torchvision !== undefined) return { library: 'torchvision', ...torchvision };
  if (typeof timm === 'string') return undefined;
  const { architecture, names, windows, modelArguments } = timm;
  const isSame = names.size + Object.keys(windows).length + Object.keys(modelArguments).length === 0;
  // Without it timm takes pictures of the size that positions were learned for only.
  const moreArguments = hasPositions(backbone) ? ', dynamic_img_size=True' : '';
  return isSame ? { library: 'timm', model: architecture, moreArguments } : undefined;
}
