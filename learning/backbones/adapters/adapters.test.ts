import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterSchema, type AdapterSpec } from '../../../contracts/spec/stages/adapterSpec.js';
import { tf, type Rank, type Scalar, type Tensor } from '../../tensorflow.js';
import { formulaNumbers, formulaParameters } from '../../weights/formula.js';
import type { Backbone } from '../backbone.js';
import {
  adaptedLayers,
  adapterScale,
  adaptersOf,
  declareParameters,
  FoldedNetwork,
  getBackbone,
  initialAdapters,
  mergedAdapters,
  runStages,
  toArrays,
  toTensors,
  unfrozen,
  type NamedArrays,
} from '../index.js';
import { croppedInput, visionTransformer } from '../networks/vit/visionTransformer.js';

const small: Backbone = visionTransformer({
  ...{ name: 'small', input: croppedInput(12, 1, 'half'), weights: undefined, licence: 'MIT' as const },
  ...{ imagenetTop1: undefined, parameterCount: undefined },
  transformer: { patch: 4, width: 16, depth: 2, heads: 2, layerScale: 'ls', positions: { grid: 3 } },
});

const lora = (settings: Partial<AdapterSpec> = {}): AdapterSpec => adapterSchema.parse({ kind: 'lora', ...settings });

const layersOf = (name: string, unfreeze: string | string[] = 'all', settings: Partial<AdapterSpec> = {}) => {
  const backbone = getBackbone(name);
  return adaptedLayers(backbone, unfrozen(backbone, unfreeze), lora(settings));
};

test('adapters go to attention; where there is none, to every linear layer', () => {
  const blocks = Array.from({ length: 12 }, (_, index) => `blocks.${index}`);
  const { stages, adapted } = layersOf('vit_small_patch14_dinov2');
  // The tokens before the blocks have no linear layer: they stay frozen, and are the cut.
  assert.deepEqual(stages, blocks);
  assert.deepEqual(
    adapted,
    blocks.flatMap((block) => [`${block}.attn.qkv`, `${block}.attn.proj`]),
  );
  // The small ones have their linear layers as convolutions of a pixel.
  for (const [name, blocks] of [
    ['convnext_tiny', 3],
    ['convnext_atto', 2],
  ] as const) {
    const convnext = layersOf(name, 'stages.3');
    assert.deepEqual(convnext.stages, ['stages.3']);
    assert.equal(convnext.adapted.length, 2 * blocks);
    assert.ok(convnext.adapted.every((layer) => /mlp\.fc[12]$/.test(layer)));
  }
});

test('a target is the end of a name; what unfreeze names decides which of these layers', () => {
  assert.deepEqual(layersOf('vit_small_patch14_dinov2', ['blocks.3.mlp', 'blocks.4.mlp.*'], { targets: ['mlp.fc1'] }), {
    stages: ['blocks.3', 'blocks.4'],
    adapted: ['blocks.3.mlp.fc1', 'blocks.4.mlp.fc1'],
  });
  assert.equal(layersOf('vit_small_patch14_dinov2', 'last', { targets: 'all-linear' }).adapted.length, 4);
});

test('what no layer can have is refused with the remedy', () => {
  const cases: [() => unknown, RegExp, RegExp][] = [
    [() => layersOf('resnet18'), /resnet18 has no linear layers/, /^Leave out adapter, or use .*convnext_tiny/],
    [() => layersOf('mobilenetv3_large_100'), /no linear layers/, /^Leave out adapter/],
    [
      () => layersOf('vit_small_patch14_dinov2', 'all', { targets: ['qkv', 'query'] }),
      /no linear layer named 'query'/,
      /Its linear layers: qkv, proj, fc1, fc2; or all-linear\./,
    ],
    [
      () => layersOf('vit_small_patch14_dinov2', ['blocks.3.norm1'], {}),
      /has none of the layers qkv, proj\./,
      /^Unfreeze a stage that has them: blocks\.0, /,
    ],
  ];
  for (const [refused, message, remedy] of cases) {
    assert.throws(refused, { code: 'GW_SPEC_INVALID', message, remedy, exitCode: 2 });
  }
});

test('checkpoints of adapters in all blocks are a twentieth of those of the blocks, at most', () => {
  const backbone = getBackbone('vit_small_patch14_dinov2');
  const values = (specs: readonly { shape: readonly number[] }[]): number =>
    specs.reduce((sum, { shape }) => sum + shape.reduce((product, edge) => product * edge, 1), 0);
  const { stages } = unfrozen(backbone, 'all');
  const head = declareParameters(backbone, 10).filter(({ stage }) => stage === 'classifier');
  const full = declareParameters(backbone, 10).filter(({ stage }) => stages.includes(stage));
  for (const [targets, most] of [
    [undefined, 0.012],
    ['all-linear', 0.03],
  ] as const) {
    const { adapted } = layersOf('vit_small_patch14_dinov2', 'all', { targets });
    const adapters = adaptersOf(backbone, adapted, 8).flatMap(({ down, up }) => [down, up]);
    // Parameters, and as much again for each of the optimizer's two moments.
    const share = values([...adapters, ...head]) / values([...full, ...head]);
    assert.ok(share < most, String(share));
  }
});

/** A network's parameters, and adapters of all its linear layers that do something. */
function adaptedNetwork(backbone: Backbone): { parameters: NamedArrays; adapters: NamedArrays; scale: number } {
  const adapter = lora({ rank: 3, alpha: 4, targets: 'all-linear' });
  const { adapted } = adaptedLayers(backbone, unfrozen(backbone, 'all'), adapter);
  const initial = initialAdapters(adaptersOf(backbone, adapted, adapter.rank), 7, 'fine-tune-1');
  const trained = [...initial].map(([name, { shape, data }]) => {
    const isUp = data.every((value) => value === 0);
    assert.equal(isUp, name.endsWith('lora_B.weight'), name);
    return [name, { shape, data: isUp ? formulaNumbers(name, data.length, 0, 0.3) : data }] as const;
  });
  return { parameters: formulaParameters(backbone), adapters: new Map(trained), scale: adapterScale(adapter) };
}

const specsOf = (arrays: NamedArrays) =>
  [...arrays].map(([name, { shape }]) => ({ name, shape, kind: 'linear.weight' as const, stage: '' }));

/** As a training step gives them to the network: B times the scale. */
function adapterTensors(adapters: NamedArrays, scale: number): Record<string, Tensor> {
  const tensors = toTensors(specsOf(adapters), adapters);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, name.includes('lora_B') ? tf.mul(tensor, scale) : tensor]),
  );
}

const largest = (x: Tensor): number => tf.max(tf.abs(x)).dataSync()[0] as number;

for (const [backbone, layer, edge] of [
  [small, 'blocks.1.mlp.fc2', 12],
  [getBackbone('convnext_atto:stages.1'), 'stages.1.blocks.1.mlp.fc2', 32],
] as const) {
  test(`${backbone.name} with adapters gives what it gives once they are merged, and begins as it came`, () => {
    const { parameters, adapters, scale } = adaptedNetwork(backbone);
    const merged = mergedAdapters(parameters, adapters, scale);
    const shapes = (arrays: NamedArrays) => [...arrays].map(([name, { shape }]) => [name, shape]);
    assert.deepEqual(shapes(merged), shapes(parameters));
    using network = new FoldedNetwork(backbone, merged);
    using before = new FoldedNetwork(backbone, parameters);
    tf.tidy(() => {
      const x = tf.randomUniform<Rank.R4>([3, edge, edge, 3], -2, 2, 'float32', 5);
      const frozen = toTensors(declareParameters(backbone, 1000, 'own'), parameters);
      const adapted = runStages(backbone, { ...frozen, ...adapterTensors(adapters, scale) }, x);
      const expected = network.run(x);
      assert.ok(largest(tf.sub(adapted, expected)) < 1e-5 * largest(expected));
      assert.ok(largest(tf.sub(adapted, before.run(x))) > 0.01 * largest(expected));
      const untrained = initialAdapters(adaptersOf(backbone, [layer], 3), 7, 'fine-tune-1');
      const began = runStages(backbone, { ...frozen, ...adapterTensors(untrained, scale) }, x);
      assert.deepEqual(began.dataSync(), runStages(backbone, frozen, x).dataSync());
    });
  });
}

test('what peft draws is uniform within ±1/√in, another in each step and layer, the same each time', () => {
  const adapters = adaptersOf(small, ['blocks.0.attn.qkv', 'blocks.1.attn.qkv'], 64);
  const draw = (stage: string): number[][] =>
    adapters.map(({ down }) => [...(initialAdapters(adapters, 7, stage).get(down.name)?.data ?? [])]);
  const [first = [], second = []] = draw('fine-tune-1');
  assert.equal(first.length, 64 * 16);
  assert.ok(Math.max(...first) <= 0.25 && Math.max(...first) > 0.24 && Math.min(...first) < -0.24);
  assert.ok(Math.abs(first.reduce((sum, value) => sum + value, 0) / first.length) < 0.02);
  assert.deepEqual(draw('fine-tune-1'), [first, second]);
  for (const other of [second, draw('fine-tune-2')[0]]) assert.notDeepEqual(first, other);
});

test("gradients of adapters follow from the merged weight's: dA = Bᵀ·dW and dB = dW·Aᵀ, times the scale", async () => {
  const { parameters, adapters, scale } = adaptedNetwork(small);
  const specs = declareParameters(small, 1000, 'own');
  const x = tf.randomUniform<Rank.R4>([3, 12, 12, 3], -2, 2, 'float32', 5);
  const direction = tf.randomUniform([3, 1, 1, 16], -1, 1, 'float32', 6);
  const loss = (tensors: Record<string, Tensor>) => tf.sum<Scalar>(tf.mul(runStages(small, tensors, x), direction));
  /** Of some parameters, in torch order. */
  const gradients = async (names: readonly string[], tensors: Record<string, Tensor>): Promise<NamedArrays> => {
    const found = tf.grads((...given: Tensor[]) =>
      loss({ ...tensors, ...Object.fromEntries(names.map((name, at) => [name, given[at] as Tensor])) }),
    )(names.map((name) => tensors[name] as Tensor));
    const wanted = [...specs, ...specsOf(adapters)].filter(({ name }) => names.includes(name));
    return toArrays(wanted, Object.fromEntries(names.map((name, at) => [name, found[at] as Tensor])));
  };
  const frozen = toTensors(specs, parameters);
  const own = await gradients([...adapters.keys()], { ...frozen, ...adapterTensors(adapters, scale) });
  const layers = [...adapters.keys()]
    .filter((name) => name.endsWith('lora_A.weight'))
    .map((name) => name.slice(0, -14));
  assert.equal(layers.length, 8);
  const weights = layers.map((layer) => `${layer}.weight`);
  const full = await gradients(weights, toTensors(specs, mergedAdapters(parameters, adapters, scale)));
  for (const layer of layers) {
    const matrix = (arrays: NamedArrays, name: string): Tensor => {
      const { shape, data } = arrays.get(name)!;
      return tf.tensor(data, [...shape]);
    };
    tf.tidy(() => {
      const [a, b] = [`${layer}.lora_A.weight`, `${layer}.lora_B.weight`];
      const dw = matrix(full, `${layer}.weight`);
      const expected = {
        [a]: tf.mul(tf.matMul(matrix(adapters, b), dw, true), scale),
        // By the tensor that the network is given, which has the scale in it.
        [b]: tf.matMul(dw, matrix(adapters, a), false, true),
      };
      for (const [name, gradient] of Object.entries(expected)) {
        const difference = largest(tf.sub(matrix(own, name), gradient));
        assert.ok(difference < 1e-4 * largest(gradient), `${name}: ${difference} of ${largest(gradient)}`);
      }
    });
  }
});
