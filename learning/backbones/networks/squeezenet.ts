/** SqueezeNet 1.1 (Iandola et al. 2016) as torchvision builds it. */
import { imagenetInput, type Backbone } from '../backbone.js';
import { sameNames } from '../facts.js';
import type { Operations, Stage } from '../operations.js';

interface Fire {
  name: string;
  squeeze: number;
  expand: number;
}

function fire<T>(ops: Operations<T>, x: T, { name, squeeze, expand }: Fire): T {
  const common = { bias: true, activation: 'relu' } as const;
  const y = ops.conv(x, { name: `${name}.squeeze`, out: squeeze, kernel: 1, ...common });
  return ops.concat([
    ops.conv(y, { name: `${name}.expand1x1`, out: expand, kernel: 1, ...common }),
    ops.conv(y, { name: `${name}.expand3x3`, out: expand, kernel: 3, padding: 1, ...common }),
  ]);
}

const pool = { size: 3, stride: 2, ceil: true } as const;

function stage(name: string, fires: readonly Fire[], pooled: boolean): Stage {
  return {
    name,
    run(ops, x) {
      const y = fires.reduce((z, module) => fire(ops, z, module), x);
      return pooled ? ops.maxPool(y, pool) : y;
    },
  };
}

const fires = (first: number, sizes: readonly (readonly [squeeze: number, expand: number])[]): Fire[] =>
  sizes.map(([squeeze, expand], i) => ({ name: `features.${first + i}`, squeeze, expand }));

export const squeezenet: Backbone = {
  name: 'squeezenet1_1',
  family: 'squeezenet',
  stages: [
    {
      name: 'stem',
      run: (ops, x) =>
        ops.maxPool(
          ops.conv(x, { name: 'features.0', out: 64, kernel: 3, stride: 2, bias: true, activation: 'relu' }),
          pool,
        ),
    },
    stage(
      'fires1',
      fires(3, [
        [16, 64],
        [16, 64],
      ]),
      true,
    ),
    stage(
      'fires2',
      fires(6, [
        [32, 128],
        [32, 128],
      ]),
      true,
    ),
    stage(
      'fires3',
      fires(9, [
        [48, 192],
        [48, 192],
        [64, 256],
        [64, 256],
      ]),
      false,
    ),
  ],
  featureSize: 512,
  classifierName: 'classifier.1',
  // The classes are convolved and rectified at every position, and averaged last.
  classify: (ops, x, out) =>
    ops.globalAveragePool(ops.conv(x, { name: 'classifier.1', out, kernel: 1, bias: true, activation: 'relu' })),
  input: imagenetInput(224),
  defaultUnfreeze: ['fires3'],
  lastStage: 'fires3',
  weights: 'https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth',
  packaged: undefined,
  licence: 'BSD-3-Clause',
  fileNames: sameNames,
  imagenetTop1: 0.5818,
  parameterCount: 1_235_496,
  // torchvision's classifies by a convolution, where a new head is linear.
  torchvision: undefined,
  timm: 'timm does not have this network',
  reference: {
    weightsName: 'squeezenet1_1',
    channels: 'rgb',
    taps: { 'features.2': 'stem', 'features.5': 'fires1', 'features.8': 'fires2', 'features.12': 'fires3' },
  },
};
