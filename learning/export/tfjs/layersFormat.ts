/** A layers model of TensorFlow.js. */
import type { InputSettings } from '../../../contracts/spec/plan.js';
import { doubtLimits, listText, thresholdsOf, type ExportedModel, type Format, type FormatFiles } from '../format.js';
import { faultOfLayersModel } from './checkLayersModel.js';
import { layersModel, layersModelFile, type LayersModelJson } from './layersModel.js';

export const layersFormat: Format = {
  title:
    'TensorFlow.js layers model: [batch, size, size, 3] to logits [batch, classes] and, as a second output, unlikeness [batch, 1]. Multi-label models give probabilities instead of logits',
  library: 'tfjs',
  files,
  usage: (_backbone, input, { isUnlikeKnown, isMultiLabel }) => ({
    needs:
      '`@tensorflow/tfjs` 4, in a page that is served together with this folder and holds the picture as an `<img>`',
    language: 'js',
    code: `${prepared(input)}\n\n${isMultiLabel ? givenLabels : isUnlikeKnown ? answerOrDoubt : answer}`,
  }),
};

function files({ card, network, version }: ExportedModel): FormatFiles {
  const { json, shards } = layersModel(network, {
    name: card.name,
    generatedBy: `graftwork ${version}`,
    isMultiLabel: card.task === 'multi-label',
    metadata: {
      model: `${card.name}@${card.version}`,
      labels: card.classes,
      ...(card.task === undefined ? {} : { thresholds: thresholdsOf(card) }),
      parameters: card.parameters.sha256,
      license: card.backbone.license,
      ...doubtLimits(card, Number),
    },
  });
  return {
    layout: 'NHWC',
    files: [
      { name: layersModelFile, pieces: [Buffer.from(JSON.stringify(json))] },
      ...shards.map(({ name, bytes }) => ({ name, pieces: [bytes] })),
    ],
    fault: async (read) => {
      const written = JSON.parse((await read(layersModelFile)).toString()) as LayersModelJson;
      const sizes = new Map<string, number>();
      for (const { name } of shards) sizes.set(name, (await read(name)).byteLength);
      return faultOfLayersModel(written, sizes);
    },
  };
}

const givenLabels = `const model = await tf.loadLayersModel('model.json');
const [output] = [model.predict(x)].flat();
const probabilities = await output.data();
const [labels, thresholds] = await Promise.all(['labels.json', 'thresholds.json'].map(async (file) => (await fetch(file)).json()));
console.log(labels.filter((_label, index) => probabilities[index] >= thresholds[index]));`;

/** A canvas shrinks with an average over all pixels; `tf.image.resizeBilinear` would skip most of a large photo. */
const prepared = ({ resize, crop, mean, std, fit, fill = [0, 0, 0] }: InputSettings): string => `
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
const x = tf.browser.fromPixels(canvas).div(255).sub(${listText(mean)}).div(${listText(std)}).expandDims();`;

const answer = `const model = await tf.loadLayersModel('model.json');
const logits = model.predict(x);
const labels = await (await fetch('labels.json')).json();
console.log(labels[(await logits.argMax(-1).data())[0]]);`;

const answerOrDoubt = `const model = await tf.loadLayersModel('model.json');
const [logits, unlikeness] = model.predict(x);
const { unlikenessLimit } = model.getUserDefinedMetadata();
const labels = await (await fetch('labels.json')).json();
const label = labels[(await logits.argMax(-1).data())[0]];
console.log((await unlikeness.data())[0] > unlikenessLimit ? 'unlike the training pictures' : label);`;

function canvasSize(resize: number, fit: InputSettings['fit']): string {
  if (fit === 'squash') return `const [width, height] = [${resize}, ${resize}];`;
  return `const scale = ${resize} / Math.${fit === 'pad' ? 'max' : 'min'}(picture.naturalWidth, picture.naturalHeight);
const [width, height] = [picture.naturalWidth * scale, picture.naturalHeight * scale];`;
}
