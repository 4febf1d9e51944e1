/** A checkpoint gives the same network under transformers' names as under timm's: small networks of each family, made of formula weights. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backbone, NamedArray, NamedArrays } from '../../backbones/architecture.js';
import type { Transformer } from '../../backbones/networks/vit/transformer.js';
import { croppedInput, visionTransformer } from '../../backbones/networks/vit/visionTransformer.js';
import { formulaParameters } from '../formula.js';
import { selectParameters } from '../naming.js';

const shape = { patch: 4, width: 8, depth: 2, heads: 2 } as const;

function network(change: Partial<Transformer>): Backbone {
  return visionTransformer({
    name: 'small',
    transformer: { ...shape, positions: { grid: 4 }, ...change },
    input: croppedInput(16, 1, 'half'),
    weights: undefined,
    licence: 'MIT',
    imagenetTop1: undefined,
    parameterCount: undefined,
  });
}

type Names = readonly (readonly [timm: RegExp, theirs: string])[];

const part = (
  { data, shape: [rows = 0, ...others] }: NamedArray,
  from: number,
  to: number,
  of: number,
): NamedArray => ({
  shape: [((to - from) * rows) / of, ...others],
  data: data.subarray((from * data.length) / of, (to * data.length) / of),
});

/** A file as transformers writes it: names of its own, and one matrix each for queries, keys and values. */
function asTransformers(
  parameters: NamedArrays,
  names: Names,
  qkv: (block: string, what: string) => string,
): NamedArrays {
  const file = new Map<string, NamedArray>();
  for (const [name, array] of parameters) {
    const [, block = '', kind = ''] = /^blocks\.(\d+)\.attn\.qkv\.(weight|bias)$/.exec(name) ?? [];
    if (kind === '') {
      file.set(
        names.reduce((text, [timm, theirs]) => text.replace(timm, theirs), name),
        array,
      );
      continue;
    }
    // In another order than they are put together.
    for (const [index, what] of [...['query', 'key', 'value'].entries()].toReversed()) {
      file.set(`${qkv(block, what)}.${kind}`, part(array, index, index + 1, 3));
    }
  }
  return file;
}

const vit: Names = [
  [/^patch_embed\.proj/, 'embeddings.patch_embeddings.projection'],
  [/^cls_token/, 'embeddings.cls_token'],
  [/^pos_embed/, 'embeddings.position_embeddings'],
  [/^blocks\.(\d+)\.norm1/, 'encoder.layer.$1.layernorm_before'],
  [/^blocks\.(\d+)\.norm2/, 'encoder.layer.$1.layernorm_after'],
  [/^blocks\.(\d+)\.attn\.proj/, 'encoder.layer.$1.attention.output.dense'],
  [/^blocks\.(\d+)\.mlp\.fc1/, 'encoder.layer.$1.intermediate.dense'],
  [/^blocks\.(\d+)\.mlp\.fc2/, 'encoder.layer.$1.output.dense'],
  [/^norm\./, 'layernorm.'],
];
const ofVit = (block: string, what: string): string => `encoder.layer.${block}.attention.attention.${what}`;

const tower: Names = [
  [/^patch_embed\.proj/, 'vision_model.embeddings.patch_embedding'],
  [/^pos_embed$/, 'vision_model.embeddings.position_embedding.weight'],
  [/^norm_pre/, 'vision_model.pre_layrnorm'],
  [/^norm\./, 'vision_model.post_layernorm.'],
  [/^blocks\.(\d+)\.norm(\d)/, 'vision_model.encoder.layers.$1.layer_norm$2'],
  [/^blocks\.(\d+)\.attn\.proj/, 'vision_model.encoder.layers.$1.self_attn.out_proj'],
  [/^blocks\./, 'vision_model.encoder.layers.'],
  [/^cls_token$/, 'vision_model.embeddings.class_embedding'],
  [/^attn_pool\.latent$/, 'vision_model.head.probe'],
  [/^attn_pool\.proj/, 'vision_model.head.attention.out_proj'],
  [/^attn_pool\.norm/, 'vision_model.head.layernorm'],
  [/^attn_pool\.mlp/, 'vision_model.head.mlp'],
];
const ofTower = (block: string, what: string): string =>
  `vision_model.encoder.layers.${block}.self_attn.${what.charAt(0)}_proj`;

/** The pool's query and its keys and values are one matrix. */
function withPoolJoined(file: NamedArrays): NamedArrays {
  const joined = new Map(file);
  for (const kind of ['weight', 'bias']) {
    const [query, both] = [`attn_pool.q.${kind}`, `attn_pool.kv.${kind}`].map((name) => file.get(name)!);
    const data = Float32Array.from([...query!.data, ...both!.data]);
    const [rows = 0, ...others] = query!.shape;
    joined.set(`vision_model.head.attention.in_proj_${kind}`, { shape: [3 * rows, ...others], data });
    joined.delete(`attn_pool.q.${kind}`);
    joined.delete(`attn_pool.kv.${kind}`);
  }
  return joined;
}

const text: [string, NamedArray] = [
  'text_model.encoder.layers.0.self_attn.q_proj.weight',
  { shape: [1], data: new Float32Array(1) },
];

const cases: [family: string, backbone: Backbone, file: (own: NamedArrays) => NamedArrays][] = [
  ['ViT', network({}), (own) => asTransformers(own, [...vit, [/^head\./, 'classifier.']], ofVit)],
  [
    'DeiT with a teacher',
    network({ distilled: true }),
    (own) => {
      const heads: Names = [
        [/^head\./, 'cls_classifier.'],
        [/^head_dist\./, 'distillation_classifier.'],
        [/^dist_token/, 'embeddings.distillation_token'],
      ];
      return asTransformers(own, [...vit, ...heads], ofVit);
    },
  ],
  [
    'CLIP',
    network({ normalisedFirst: true, activation: 'quick_gelu' }),
    (own) => new Map([...asTransformers(own, tower, ofTower), text]),
  ],
  [
    'SigLIP',
    network({ classToken: false, pooling: 'attention', activation: 'gelu_tanh' }),
    (own) => withPoolJoined(new Map([text, ...asTransformers(own, tower, ofTower)])),
  ],
];

for (const [family, backbone, file] of cases) {
  test(`a ${family} of transformers is the same network as timm’s`, () => {
    const own = formulaParameters(backbone, 3);
    const theirs = file(own);
    assert.ok(
      ![...own.keys()].some((name) => /^(blocks|patch_embed|cls_token|pos_embed)/.test(name) && theirs.has(name)),
    );
    const expected = selectParameters(backbone, own, 'timm');
    const found = selectParameters(backbone, theirs, 'transformers');
    for (const [name, array] of expected) {
      if (family === 'CLIP' || family === 'SigLIP') if (name.startsWith('head.')) continue;
      assert.deepEqual(found.get(name), array, name);
    }
  });
}
