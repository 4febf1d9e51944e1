import type { Backbone } from './backbone.js';

/** A network as Python makes it. */
export interface TorchNetwork {
  library: 'torchvision' | 'timm';
  model: string;
  /** Python for its arguments besides the number of classes, each after a comma. */
  moreArguments: string;
}

/** The network with layers of exactly these names; undefined where neither torchvision nor timm has it. */
export function torchNetwork({ torchvision, timm }: Backbone): TorchNetwork | undefined {
  if (torchvision !== undefined) return { library: 'torchvision', ...torchvision };
  if (typeof timm === 'string') return undefined;
  const { architecture, names, windows, modelArguments } = timm;
  const isSame = names.size + Object.keys(windows).length + Object.keys(modelArguments).length === 0;
  return isSame ? { library: 'timm', model: architecture, moreArguments: '' } : undefined;
}
