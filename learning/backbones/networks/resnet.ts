/** ResNet (He et al. 2015) as torchvision builds it: stride 2 sits in the 3×3 of a bottleneck. */
import { imagenetInput, pooledLinear, type Backbone } from '../backbone.js';
import { sameInTimm, sameNames } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

const epsilon = 1e-5;

const bn = (name: string) => ({ name, epsilon });

const stem: Stage = {
  name: 'stem',
  run: (ops, x) =>
    ops.maxPool(
      ops.conv(x, {
        name: 'conv1',
        out: 64,
        kernel: 7,
        stride: 2,
        padding: 3,
        batchNorm: bn('bn1'),
        activation: 'relu',
      }),
      { size: 3, stride: 2, padding: 1 },
    ),
};

interface Block {
  name: string;
  width: number;
  stride: number;
  /** Whether the shortcut needs a projection, because size or channels change. */
  project: boolean;
}

function shortcut<T>(ops: Operations<T>, x: T, { name, stride, project }: Block, out: number): T {
  if (!project) return x;
  return ops.conv(x, {
    name: `${name}.downsample.0`,
    out,
    kernel: 1,
    stride,
    batchNorm: bn(`${name}.downsample.1`),
  });
}

function basic<T>(ops: Operations<T>, x: T, block: Block): T {
  const { name, width: out, stride } = block;
  let y = ops.conv(x, {
    name: `${name}.conv1`,
    out,
    kernel: 3,
    stride,
    padding: 1,
    batchNorm: bn(`${name}.bn1`),
    activation: 'relu',
  });
  y = ops.conv(y, { name: `${name}.conv2`, out, kernel: 3, padding: 1, batchNorm: bn(`${name}.bn2`) });
  return ops.add(ops.dropPath(y, { name: `${name}.drop_path` }), shortcut(ops, x, block, out), 'relu');
}

function bottleneck<T>(ops: Operations<T>, x: T, block: Block): T {
  const { name, width, stride } = block;
  const out = width * 4;
  let y = ops.conv(x, {
    name: `${name}.conv1`,
    out: width,
    kernel: 1,
    batchNorm: bn(`${name}.bn1`),
    activation: 'relu',
  });
  y = ops.conv(y, {
    name: `${name}.conv2`,
    out: width,
    kernel: 3,
    stride,
    padding: 1,
    batchNorm: bn(`${name}.bn2`),
    activation: 'relu',
  });
  y = ops.conv(y, { name: `${name}.conv3`, out, kernel: 1, batchNorm: bn(`${name}.bn3`) });
  return ops.add(ops.dropPath(y, { name: `${name}.drop_path` }), shortcut(ops, x, block, out), 'relu');
}

function layer(index: number, depth: number, { bottleneck: isBottleneck }: Variant): Stage {
  const name = `layer${index}`;
  const width = 64 * 2 ** (index - 1);
  const block = isBottleneck ? bottleneck : basic;
  return {
    name,
    run(ops, x) {
      for (let k = 0; k < depth; k++) {
        // layer1 keeps the size; its first shortcut is projected only where a bottleneck widens the channels.
        const stride = k === 0 && index > 1 ? 2 : 1;
        const project = k === 0 && (index > 1 || isBottleneck);
        x = block(ops, x, { name: `${name}.${k}`, width, stride, project });
      }
      return x;
    },
  };
}

interface Variant extends Pick<Backbone, 'name' | 'imagenetTop1' | 'parameterCount'> {
  bottleneck: boolean;
  /** Blocks in layer1 … layer4. */
  depths: readonly [number, number, number, number];
}

const variants: readonly Variant[] = [
  {
    name: 'resnet18',
    bottleneck: false,
    depths: [2, 2, 2, 2],
    imagenetTop1: 0.6976,
    parameterCount: 11_689_512,
  },
  {
    name: 'resnet34',
    bottleneck: false,
    depths: [3, 4, 6, 3],
    imagenetTop1: 0.7331,
    parameterCount: 21_797_672,
  },
  {
    name: 'resnet50',
    bottleneck: true,
    depths: [3, 4, 6, 3],
    imagenetTop1: 0.7613,
    parameterCount: 25_557_032,
  },
  {
    name: 'resnet101',
    bottleneck: true,
    depths: [3, 4, 23, 3],
    imagenetTop1: 0.7737,
    parameterCount: 44_549_160,
  },
];

export const resnets: readonly Backbone[] = variants.map((variant) => ({
  name: variant.name,
  family: 'resnet',
  stages: [stem, ...variant.depths.map((depth, i) => layer(i + 1, depth, variant))],
  featureSize: variant.bottleneck ? 2048 : 512,
  classifierName: 'fc',
  classify: pooledLinear('fc'),
  input: imagenetInput(224),
  defaultUnfreeze: ['layer4'],
  lastStage: 'layer4',
  weights: `hf:timm/${variant.name}.tv_in1k`,
  packaged: undefined,
  licence: 'BSD-3-Clause',
  fileNames: sameNames,
  imagenetTop1: variant.imagenetTop1,
  parameterCount: variant.parameterCount,
  torchvision: { model: variant.name, moreArguments: '' },
  timm: sameInTimm(variant.name),
  reference: { weightsName: variant.name, channels: 'rgb', taps: { maxpool: 'stem' } },
}));
