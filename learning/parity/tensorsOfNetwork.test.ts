import assert from 'node:assert/strict';
import { test } from 'node:test';
import { croppedInput, visionTransformer } from '../backbones/networks/vit/visionTransformer.js';
import { tf, type Tensor } from '../tensorflow.js';
import { formulaInput, formulaParameters } from '../weights/formula.js';
import { tensorsInFloat32, tensorsInFloat64, type TensorsOfNetwork } from './tensorsOfNetwork.js';

test('a network with layer normalisation is computed in float64 as well', () => {
  const small = visionTransformer({
    ...{ name: 'small', input: croppedInput(32, 1, 'half'), weights: undefined, licence: 'MIT' as const },
    ...{ imagenetTop1: undefined, parameterCount: undefined },
    transformer: { patch: 8, width: 16, depth: 2, heads: 2, positions: { grid: 4 } },
  });
  tf.tidy(() => {
    const x = tf.tensor4d(formulaInput(32), [1, 32, 32, 3]);
    const all = ({ stages, pooled, logits }: TensorsOfNetwork): Tensor[] => [...stages, pooled, logits!];
    const [single, double] = [tensorsInFloat32, tensorsInFloat64].map((of) =>
      all(of(small, formulaParameters(small), x)),
    );
    for (const [index, tensor] of double!.entries()) {
      const apart = tf.max(tf.abs(tf.sub(tensor, single![index]!))).dataSync()[0]!;
      assert.ok(apart < 1e-5 && Number.isFinite(apart), `${index}: ${apart}`);
    }
  });
});
