/** ONNX: one file for onnxruntime and its like. */
import type { InputSettings } from '../../../contracts/spec/plan.js';
import { doubtLimits, listText, thresholdsOf, type ExportedModel, type Format, type FormatFiles } from '../format.js';
import { preprocessing } from '../preprocessing.js';
import { faultOfOnnx } from './checkOnnx.js';
import { onnxModel } from './onnxModel.js';

const onnxFile = 'model.onnx';

export const onnxFormat: Format = {
  title:
    'ONNX, operator set 17: `pixels` [batch, 3, size, size] to `logits` [batch, classes] and `unlikeness` [batch]. Multi-label models give `probabilities`, too. Any number of pictures at once',
  library: 'onnx',
  files,
  usage: (_backbone, input, { isUnlikeKnown, isMultiLabel }) => ({
    needs: '`pip install onnxruntime numpy pillow`',
    language: 'python',
    code: `${prepared(input)}\n\n${isMultiLabel ? givenLabels : isUnlikeKnown ? answerOrDoubt : answer}`,
  }),
};

function files({ card, network, version }: ExportedModel): FormatFiles {
  const bytes = onnxModel(network, {
    producerVersion: version,
    isMultiLabel: card.task === 'multi-label',
    name: `${card.name}@${card.version}`,
    metadata: {
      labels: JSON.stringify(card.classes),
      ...(card.task === undefined ? {} : { thresholds: JSON.stringify(thresholdsOf(card)) }),
      preprocessing: JSON.stringify(preprocessing(card.input, 'NCHW')),
      parameters: card.parameters.sha256,
      license: card.backbone.license,
      ...doubtLimits(card, String),
    },
  });
  return {
    layout: 'NCHW',
    files: [{ name: onnxFile, pieces: [bytes] }],
    fault: async (read) => faultOfOnnx(await read(onnxFile)),
  };
}

const prepared = (input: InputSettings): string => `
import json, numpy as np, onnxruntime
from PIL import Image, ImageOps

# The picture, prepared as preprocessing.json says.
picture = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
${pillowSquare(input)}
x = ((np.asarray(square) / 255 - ${listText(input.mean)}) / ${listText(input.std)}).transpose(2, 0, 1)[None].astype(np.float32)`;

const givenLabels = `session = onnxruntime.InferenceSession("model.onnx")
(probabilities,) = session.run(["probabilities"], {"pixels": x})
labels, thresholds = json.load(open("labels.json")), json.load(open("thresholds.json"))
print([(label, p) for label, p, least in zip(labels, probabilities[0], thresholds) if p >= least])`;

const answer = `session = onnxruntime.InferenceSession("model.onnx")
(logits,) = session.run(["logits"], {"pixels": x})
labels = json.load(open("labels.json"))
print(labels[logits[0].argmax()])`;

const answerOrDoubt = `session = onnxruntime.InferenceSession("model.onnx")
logits, unlikeness = session.run(["logits", "unlikeness"], {"pixels": x})
limit = float(session.get_modelmeta().custom_metadata_map["unlikenessLimit"])
labels = json.load(open("labels.json"))
print("unlike the training pictures" if unlikeness[0] > limit else labels[logits[0].argmax()])`;

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
