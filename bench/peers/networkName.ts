import { torchNetwork, type Backbone } from '../../learning/backbones/index.js';

/** What network.py builds: the library and its name there. */
export function networkName(backbone: Backbone): string {
  const network = torchNetwork(backbone);
  if (network === undefined) throw new Error(`neither torchvision nor timm has ${backbone.name}`);
  return `${network.library}:${network.model}`;
}
