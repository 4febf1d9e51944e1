/** The lines of a model card that show how to use the model, for each runtime. */
import type { ExportFormat } from '../../contracts/models/export.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { torchNetwork, type Backbone } from '../backbones/architecture.js';

export interface Usage {
  /** What must be installed. */
  needs: string;
  language: 'python' | 'js';
  code: string;
}

export function usage(format: ExportFormat, backbone: Backbone, input: InputSettings, classes: number): Usage {
  switch (format) {
    case 'onnx':
      return { needs: '`pip install onnxruntime numpy pillow`', language: 'python', code: onnx(input) };
    case 'tfjs':
      return {
        needs:
          '`@tensorflow/tfjs` 4, in a page that is served together with this folder and holds the picture as an `<img>`',
        language: 'js',
        code: tfjs(input),
      };
    case 'hf':
      return { needs: '`pip install timm safetensors pillow`', language: 'python', code: timm };
    case 'safetensors':
      return torch(backbone, classes);
  }
}

const list = (values: readonly number[]): string => `[${values.join(', ')}]`;

const onnx = (input: InputSettings): string => `
import json, numpy as np, onnxruntime
from PIL import Image, ImageOps

# The picture, prepared as preprocessing.json says.
picture = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
${pillowSquare(input)}
x = ((np.asarray(square) / 255 - ${list(input.mean)}) / ${list(input.std)}).transpose(2, 0, 1)[None].astype(np.float32)

session = onnxruntime.InferenceSession("model.onnx")
(logits,) = session.run(["logits"], {"pixels": x})
labels = json.load(open("labels.json"))
print(labels[logits[0].argmax()])`;

/** Lines of Python that make `square` of `picture`. */
function pillowSquare({ resize, crop, interpolation, fit, fill = [0, 0, 0] }: InputSettings): string {
  const resized = (size: string): string => `picture.resize(${size}, Image.Resampling.${interpolation.toUpperCase()})`;
  const cut = `square = picture.crop((left, top, left + ${crop}, top + ${crop}))`;
  switch (fit) {
    case undefined:
      return `short = min(picture.size)
picture = ${resized(`[${resize} * side // short for side in picture.size]`)}
left, top = [round((side - ${crop}) / 2) for side in picture.size]
${cut}`;
    case 'squash':
      return `picture = ${resized(`(${resize}, ${resize})`)}
left = top = round((${resize} - ${crop}) / 2)
${cut}`;
    case 'pad':
      return `long = max(picture.size)
picture = ${resized(`[max(1, round(side * ${resize} / long)) for side in picture.size]`)}
place = [(${crop} - side) // 2 if side <= ${crop} else -round((side - ${crop}) / 2) for side in picture.size]
square = Image.new("RGB", (${crop}, ${crop}), (${fill.join(', ')}))
square.paste(picture, tuple(place))`;
  }
}

/** A canvas shrinks with an average over all pixels; `tf.image.resizeBilinear` would skip most of a large photo. */
const tfjs = ({ resize, crop, mean, std, fit, fill = [0, 0, 0] }: InputSettings): string => `
const picture = document.querySelector('img');
${canvasSize(resize, fit)}
const canvas = Object.assign(document.createElement('canvas'), { width: ${crop}, height: ${crop} });
const context = canvas.getContext('2d');
context.imageSmoothingQuality = 'high';${
  fit === 'pad'
    ? `
context.fillStyle = 'rgb(${fill.join(', ')})';
context.fillRect(0, 0, ${crop}, ${crop});`
    : ''
}
context.drawImage(picture, (${crop} - width) / 2, (${crop} - height) / 2, width, height);
const x = tf.browser.fromPixels(canvas).div(255).sub(${list(mean)}).div(${list(std)}).expandDims();

const model = await tf.loadLayersModel('model.json');
const logits = model.predict(x);
const labels = await (await fetch('labels.json')).json();
console.log(labels[(await logits.argMax(-1).data())[0]]);`;

function canvasSize(resize: number, fit: InputSettings['fit']): string {
  if (fit === 'squash') return `const [width, height] = [${resize}, ${resize}];`;
  return `const scale = ${resize} / Math.${fit === 'pad' ? 'max' : 'min'}(picture.naturalWidth, picture.naturalHeight);
const [width, height] = [picture.naturalWidth * scale, picture.naturalHeight * scale];`;
}

const timm = `
import timm, torch
from PIL import Image, ImageOps

model = timm.create_model("local-dir:.", pretrained=True).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
x = transform(ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB"))[None]
with torch.inference_mode(): logits = model(x)
print(model.pretrained_cfg["label_names"][logits[0].argmax()])`;

function torch(backbone: Backbone, classes: number): Usage {
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
