/**
 * From the names in a file of transformers' to timm's. A table for each family says which text becomes which; what the two hold
 * differently (three matrices for one, a token with its position added) is put together after that.
 */
import { GraftworkError } from '../../../contracts/errors.js';
import type { NamedArray, NamedArrays } from '../../backbones/architecture.js';

interface Family {
  /** What the published files of a model with a head put before each name of the network. */
  prefix: RegExp;
  /** A tensor that each file of the family has, and no file of another. */
  mark: string;
  /** Tensors of what the network is no part of, such as CLIP's tower for texts. */
  others?: RegExp;
  /** Applied in order, all of them. */
  names: readonly (readonly [theirs: RegExp, timm: string | ((...parts: string[]) => string)])[];
}

const following = (number: string | undefined): number => Number(number) + 1;

const resnet: Family = {
  prefix: /^resnet\./,
  mark: 'embedder.embedder.convolution.weight',
  names: [
    [/^embedder\.embedder\.convolution\./, 'conv1.'],
    [/^embedder\.embedder\.normalization\./, 'bn1.'],
    [/^encoder\.stages\.(\d+)\.layers\./, (_, stage) => `layer${following(stage)}.`],
    [/\.shortcut\.convolution\./, '.downsample.0.'],
    [/\.shortcut\.normalization\./, '.downsample.1.'],
    [/\.layer\.(\d+)\.convolution\./, (_, place) => `.conv${following(place)}.`],
    [/\.layer\.(\d+)\.normalization\./, (_, place) => `.bn${following(place)}.`],
    [/^classifier\.1\./, 'fc.'],
  ],
};

/** What ViT and DINOv2 have in common. */
const transformer: Family['names'] = [
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.register_tokens$/, 'register_tokens'],
  [/^encoder\.layer\./, 'blocks.'],
  [/\.attention\.attention\.(query|key|value)\./, '.attn.$1.'],
  [/\.attention\.output\.dense\./, '.attn.proj.'],
  [/^layernorm\./, 'norm.'],
  [/^classifier\./, 'head.'],
];

const vitNames: Family['names'] = [
  ...transformer,
  [/\.layernorm_before\./, '.norm1.'],
  [/\.layernorm_after\./, '.norm2.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/\.output\.dense\./, '.mlp.fc2.'],
];

const vit: Family = { prefix: /^vit\./, mark: 'encoder.layer.0.layernorm_before.weight', names: vitNames };

/** DeiT with a token for its teacher; transformers has the others as ViT. */
const deit: Family = {
  prefix: /^deit\./,
  mark: 'embeddings.distillation_token',
  names: [
    [/^embeddings\.distillation_token$/, 'dist_token'],
    [/^cls_classifier\./, 'head.'],
    [/^distillation_classifier\./, 'head_dist.'],
    ...vitNames,
  ],
};

/** What CLIP and SigLIP have in common. */
const tower: Family['names'] = [
  [/^embeddings\.patch_embedding\./, 'patch_embed.proj.'],
  [/^embeddings\.position_embedding\.weight$/, 'pos_embed'],
  [/^encoder\.layers\./, 'blocks.'],
  [/\.layer_norm(\d)\./, '.norm$1.'],
  [/\.self_attn\.q_proj\./, '.attn.query.'],
  [/\.self_attn\.k_proj\./, '.attn.key.'],
  [/\.self_attn\.v_proj\./, '.attn.value.'],
  [/\.self_attn\.out_proj\./, '.attn.proj.'],
  [/^post_layernorm\./, 'norm.'],
];

const clip: Family = {
  prefix: /^vision_model\./,
  mark: 'embeddings.class_embedding',
  others: /^(text_model|text_projection|logit_scale)\b/,
  names: [
    ...tower,
    [/^embeddings\.class_embedding$/, 'cls_token'],
    // As transformers spells it.
    [/^pre_layrnorm\./, 'norm_pre.'],
  ],
};

const siglip: Family = {
  prefix: /^vision_model\./,
  mark: 'head.probe',
  others: /^(text_model|logit_scale|logit_bias)\b/,
  names: [
    ...tower,
    [/^head\.probe$/, 'attn_pool.latent'],
    [/^head\.attention\.in_proj_(weight|bias)$/, 'attn_pool.qkv.$1'],
    [/^head\.attention\.out_proj\./, 'attn_pool.proj.'],
    [/^head\.layernorm\./, 'attn_pool.norm.'],
    [/^head\.mlp\./, 'attn_pool.mlp.'],
  ],
};

const dinov2: Family = {
  prefix: /^dinov2(_with_registers)?\./,
  mark: 'encoder.layer.0.layer_scale1.lambda1',
  names: [
    ...transformer,
    [/\.layer_scale(\d)\.lambda1$/, '.ls$1.gamma'],
    [/\.mlp\.weights_in\./, '.mlp.fc1.'],
    [/\.mlp\.weights_out\./, '.mlp.fc2.'],
  ],
};

const dinov3: Family = {
  prefix: /^dinov3_vit\./,
  mark: 'layer.0.layer_scale1.lambda1',
  names: [
    [/^embeddings\.patch_embeddings\./, 'patch_embed.proj.'],
    [/^embeddings\.cls_token$/, 'cls_token'],
    [/^embeddings\.register_tokens$/, 'reg_token'],
    [/^layer\./, 'blocks.'],
    [/\.attention\.q_proj\./, '.attn.query.'],
    [/\.attention\.k_proj\./, '.attn.key.'],
    [/\.attention\.v_proj\./, '.attn.value.'],
    [/\.attention\.o_proj\./, '.attn.proj.'],
    [/\.layer_scale(\d)\.lambda1$/, '.gamma_$1'],
    [/\.mlp\.up_proj\./, '.mlp.fc1.'],
    [/\.mlp\.down_proj\./, '.mlp.fc2.'],
  ],
};

const convnext: Family = {
  prefix: /^convnext(v2)?\./,
  mark: 'encoder.stages.0.layers.0.dwconv.weight',
  names: [
    [/^embeddings\.patch_embeddings\./, 'stem.0.'],
    [/^embeddings\.layernorm\./, 'stem.1.'],
    [/^encoder\.stages\.(\d+)\.downsampling_layer\./, 'stages.$1.downsample.'],
    [/^encoder\.stages\.(\d+)\.layers\./, 'stages.$1.blocks.'],
    [/\.dwconv\./, '.conv_dw.'],
    [/\.layernorm\./, '.norm.'],
    [/\.pwconv(\d)\./, '.mlp.fc$1.'],
    [/\.grn\./, '.mlp.grn.'],
    [/\.layer_scale_parameter$/, '.gamma'],
    [/^layernorm\./, 'head.norm.'],
    [/^classifier\./, 'head.fc.'],
  ],
};

const families = [resnet, deit, vit, clip, siglip, dinov2, dinov3, convnext];

/**
 * The parameters of a file under timm's names; unchanged where the file is none of transformers'.
 * @param source what the file is called in an error message
 * @param wanted names that the network has, which may have a bias of queries and values apart
 * @throws GraftworkError GW_WEIGHTS_MISMATCH for a bias that the network has not, unless it is zero
 */
export function inTimmNames(arrays: NamedArrays, source: string, wanted: ReadonlySet<string> = new Set()): NamedArrays {
  for (const { prefix, mark, others, names } of families) {
    const bare = new Map([...arrays].map(([name, array]) => [name.replace(prefix, ''), array]));
    if (!bare.has(mark)) continue;
    const own = [...bare].filter(([name]) => others?.test(name) !== true);
    const renamed = own.map(([name, array]): [string, NamedArray] => [renamedBy(names, name), array]);
    return withoutRegisterPositions(withPoolApart(joined(new Map(renamed), source, wanted)));
  }
  return arrays;
}

function renamedBy(names: Family['names'], name: string): string {
  return names.reduce(
    (text, [theirs, timm]) => (typeof timm === 'string' ? text.replace(theirs, timm) : text.replace(theirs, timm)),
    name,
  );
}

/**
 * Queries, keys and values, which transformers has apart, as the one matrix that timm has. DINOv3's keys have no bias; timm has the
 * network with a bias of the other two, and with none of the three: those of the published ones are zero.
 */
function joined(arrays: NamedArrays, source: string, wanted: ReadonlySet<string>): NamedArrays {
  const whole = new Map<string, NamedArray>();
  for (const [name, array] of arrays) {
    const [, before, part, after] = /^(.*\.attn\.)(query|key|value)(\..*)$/.exec(name) ?? [];
    if (before === undefined || after === undefined) whole.set(name, array);
    else if (part === 'query') {
      const parts = ['query', 'key', 'value'].map((one) => arrays.get(before + one + after));
      const present = parts.filter((one) => one !== undefined);
      const [query, , value] = parts;
      if (present.length === parts.length) whole.set(`${before}qkv${after}`, concatenated(present));
      else if (query !== undefined && value !== undefined && wanted.has(`${before}q_bias`)) {
        whole.set(`${before}q_bias`, query).set(`${before}v_bias`, value);
      } else if (present.some(({ data }) => data.some((value) => value !== 0)))
        throw unpaired(source, before + part + after);
    }
  }
  return whole;
}

function unpaired(source: string, name: string): GraftworkError {
  return new GraftworkError(
    'GW_WEIGHTS_MISMATCH',
    `${source}: '${name}' is not zero, and the network has no bias for queries, keys and values.`,
    { remedy: 'Give weights that have all three, or start from the network whose name ends with _qkvb.' },
  );
}

/** Along the first axis; the other sizes are the first one's. */
function concatenated(parts: readonly NamedArray[]): NamedArray {
  const [, ...others] = parts[0]!.shape;
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { shape: [parts.reduce((sum, { shape: [rows = 0] }) => sum + rows, 0), ...others], data };
}

/** SigLIP's pool asks with one matrix and answers with two: transformers has all three as one. */
function withPoolApart(arrays: NamedArrays): NamedArrays {
  return new Map(
    [...arrays].flatMap(([name, array]): [string, NamedArray][] => {
      const [, kind] = /^attn_pool\.qkv\.(weight|bias)$/.exec(name) ?? [];
      if (kind === undefined) return [[name, array]];
      const [rows = 0, ...others] = array.shape;
      const third = array.data.length / 3;
      return [
        [`attn_pool.q.${kind}`, { shape: [rows / 3, ...others], data: array.data.subarray(0, third) }],
        [`attn_pool.kv.${kind}`, { shape: [(2 * rows) / 3, ...others], data: array.data.subarray(third) }],
      ];
    }),
  );
}

/**
 * A network with registers has positions for its patches alone in timm: the class token's own is added to the token, which is what
 * the first block sees in either.
 */
function withoutRegisterPositions(arrays: NamedArrays): NamedArrays {
  const [registers, token, positions] = ['register_tokens', 'cls_token', 'pos_embed'].map((name) => arrays.get(name));
  if (registers === undefined || token === undefined || positions === undefined) return arrays;
  const width = token.data.length;
  const [first = 1, count = 0, ...others] = positions.shape;
  const { register_tokens: _, ...rest } = Object.fromEntries(arrays);
  return new Map([
    ...Object.entries(rest),
    ['reg_token', registers],
    ['cls_token', { shape: token.shape, data: token.data.map((value, i) => value + positions.data[i]!) }],
    ['pos_embed', { shape: [first, count - 1, ...others], data: positions.data.subarray(width) }],
  ]);
}
