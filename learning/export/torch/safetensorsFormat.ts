/** The parameters as they are registered, in torch names. */
import { torchNetwork, type Backbone } from '../../backbones/architecture.js';
import type { Format, Usage } from '../format.js';
import { faultOfSafetensors, parametersFile } from './checkSafetensors.js';

export const safetensorsFormat: Format = {
  title: 'safetensors, parameters in torch names and torch order, byte for byte as they are registered',
  files: ({ registered, network }) => ({
    layout: 'NCHW',
    files: [{ name: parametersFile, pieces: [registered] }],
    fault: async (read) => faultOfSafetensors(await read(parametersFile), network.parameters),
  }),
  usage: (backbone, _input, { classes }) => usage(backbone, classes),
};

/** In torch, where timm or torchvision builds a network with layers of exactly these names. */
function usage(backbone: Backbone, classes: number): Usage {
  const network = torchNetwork(backbone);
  if (network === undefined) {
    return {
      needs: '`pip install safetensors numpy`',
      language: 'python',
      code: `
from safetensors.numpy import load_file

parameters = load_file("model.safetensors")
for name, array in parameters.items(): print(name, array.shape)`,
    };
  }
  const { library, model, moreArguments } = network;
  const make = library === 'timm' ? `timm.create_model("${model}", ` : `torchvision.models.${model}(`;
  return {
    needs: `\`pip install safetensors torch ${library}\``,
    language: 'python',
    code: `
import torch, ${library}
from safetensors.torch import load_file

model = ${make}num_classes=${classes}${moreArguments})
model.load_state_dict(load_file("model.safetensors"))
model.eval()
with torch.inference_mode(): logits = model(torch.zeros(1, 3, ${backbone.input.size}, ${backbone.input.size}))
print(logits.shape)`,
  };
}
