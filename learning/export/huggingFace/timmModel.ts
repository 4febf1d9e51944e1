/** Networks as timm (pytorch-image-models) knows them: under which name, with which arguments, its layers called what. */
import { GraftworkError } from '../../../contracts/errors.js';
import { declareLayers, type Backbone, type NamedArray, type NamedArrays } from '../../backbones/architecture.js';

export interface TimmModel {
  readonly architecture: string;
  /** Arguments of `timm.create_model` besides the number of classes. */
  readonly modelArguments: Readonly<Record<string, string>>;
  readonly firstConvolution: string;
  readonly classifier: string;
  /** timm's name of each layer that has another one here. */
  readonly names: ReadonlyMap<string, string>;
}

/** @throws GW_EXPORT_UNSUPPORTED for a network that timm does not have */
export function timmModel(backbone: Backbone): TimmModel {
  const { name, family, classifierName } = backbone;
  if (backbone.whole) throw unknown(backbone, 'timm has no networks that end before their last stage');
  const same = { modelArguments: {}, classifier: classifierName, names: new Map<string, string>() };
  switch (family) {
    case 'resnet':
      return { ...same, architecture: name, firstConvolution: 'conv1' };
    case 'efficientnet_lite':
      return { ...same, architecture: `tf_${name}`, firstConvolution: 'conv_stem' };
    case 'inception_v3':
      return { ...same, architecture: name, firstConvolution: 'Conv2d_1a_3x3.conv' };
    case 'vgg':
      return { ...same, architecture: name, firstConvolution: 'features.0', classifier: 'head.fc', names: vggNames };
    case 'mobilenet_v2':
      if (name === 'mobilenet_v2_expand_first') throw unknown(backbone, 'timm’s first block has no expansion');
      return {
        architecture: 'mobilenetv2_100',
        modelArguments: name === 'tf_mobilenet_v2' ? { pad_type: 'same' } : {},
        firstConvolution: 'conv_stem',
        classifier: 'classifier',
        names: mobilenetNames(backbone),
      };
    default:
      throw unknown(backbone, 'timm does not have this network');
  }
}

/** The model's parameters under timm's names, in timm's shapes. */
export function timmParameters(backbone: Backbone, parameters: NamedArrays): NamedArrays {
  const { names } = timmModel(backbone);
  return new Map(
    [...parameters].map(([name, array]): [string, NamedArray] => {
      const dot = name.lastIndexOf('.');
      const layer = name.slice(0, dot);
      const part = name.slice(dot);
      const isDense = backbone.family === 'vgg' && part === '.weight' && layer in vggWindows;
      return [(names.get(layer) ?? layer) + part, isDense ? asConvolution(array, vggWindows[layer]!) : array];
    }),
  );
}

const vggNames = new Map([
  ['classifier.0', 'pre_logits.fc1'],
  ['classifier.3', 'pre_logits.fc2'],
  ['classifier.6', 'head.fc'],
]);

/** timm has VGG's two hidden layers as convolutions with windows of this side. */
const vggWindows: Readonly<Record<string, number>> = { 'classifier.0': 7, 'classifier.3': 1 };

/** [out, in·height·width], in the order torch flattens, as [out, in, height, width]. */
function asConvolution({ shape: [out = 0, inputs = 0], data }: NamedArray, side: number): NamedArray {
  return { shape: [out, inputs / side ** 2, side, side], data };
}

/** torchvision counts blocks through and their layers by position; timm counts blocks within their stage and names layers. */
function mobilenetNames(backbone: Backbone): Map<string, string> {
  const names = new Map([['classifier.1', 'classifier']]);
  const blocksOf = new Map<string, string[]>();
  const layersOf = new Map<string, { name: string; norm: string }[]>();
  for (const { name, stage, batchNorm } of declareLayers(backbone)) {
    if (!batchNorm) continue;
    if (stage === 'stem' || stage === 'head') {
      const [convolution, norm] = stage === 'stem' ? ['conv_stem', 'bn1'] : ['conv_head', 'bn2'];
      names.set(name, convolution).set(batchNorm.name, norm);
      continue;
    }
    const block = /^features\.\d+/.exec(name)![0];
    const layers = layersOf.get(block) ?? [];
    if (layers.length === 0) blocksOf.set(stage, [...(blocksOf.get(stage) ?? []), block]);
    layersOf.set(block, [...layers, { name, norm: batchNorm.name }]);
  }
  [...blocksOf.values()].forEach((blocks, stage) =>
    blocks.forEach((block, index) => {
      const layers = layersOf.get(block) ?? [];
      const own = layers.length === 2 ? ['conv_dw', 'conv_pw'] : ['conv_pw', 'conv_dw', 'conv_pwl'];
      layers.forEach(({ name, norm }, position) => {
        names.set(name, `blocks.${stage}.${index}.${own[position]}`);
        names.set(norm, `blocks.${stage}.${index}.bn${position + 1}`);
      });
    }),
  );
  return names;
}

function unknown({ name }: Backbone, reason: string): GraftworkError {
  return new GraftworkError('GW_EXPORT_UNSUPPORTED', `${name} cannot be exported for timm: ${reason}.`, {
    remedy: 'Export it as onnx or safetensors.',
  });
}
