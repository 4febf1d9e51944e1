/** A folder of the Hugging Face Hub, in timm's names. */
import { safetensorsPieces } from '../../arrays/safetensors.js';
import { jsonFile, type ExportedModel, type Format, type FormatFiles } from '../format.js';
import { faultOfSafetensors, parametersFile } from '../torch/checkSafetensors.js';
import { timmConfig } from './timmConfig.js';
import { timmParameters } from './timmModel.js';

const code = (answer: string): string => `
import json, timm, torch
from PIL import Image, ImageOps

model = timm.create_model("local-dir:.", pretrained=True).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
x = transform(ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB"))[None]
with torch.inference_mode(): logits = model(x)
${answer}`;

const bestClass = `print(model.pretrained_cfg["label_names"][logits[0].argmax()])`;

const givenLabels = `thresholds = torch.tensor(json.load(open("thresholds.json")))
labels = model.pretrained_cfg["label_names"]
print([labels[at] for at in (logits[0].sigmoid() >= thresholds).nonzero().flatten()])`;

export const timmFormat: Format = {
  title: 'Hugging Face folder for timm: `model.safetensors` in timm’s names, `config.json`',
  library: 'timm',
  files,
  usage: (_backbone, _input, { isMultiLabel }) => ({
    needs: '`pip install timm safetensors pillow`',
    language: 'python',
    code: code(isMultiLabel ? givenLabels : bestClass),
  }),
};

function files({ card, network }: ExportedModel): FormatFiles {
  const config = timmConfig(network.backbone, card);
  const parameters = timmParameters(network.backbone, network.parameters);
  return {
    layout: 'NCHW',
    files: [
      // transformers and the Hub need to know that the tensors are torch's; people who start from them, their licence.
      { name: parametersFile, pieces: safetensorsPieces(parameters, { format: 'pt', license: card.backbone.license }) },
      jsonFile('config.json', config),
    ],
    fault: async (read) => faultOfSafetensors(await read(parametersFile), parameters),
  };
}
