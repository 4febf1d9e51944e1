/** Families of transformers: which figures of a `config.json` make which of timm's networks, and what each key has to be. */
import type { Pooling } from '../../contracts/spec/sources/pooling.js';

/** A `config.json`, whose figures may be missing where they have the family's usual value. */
export type Figures = Readonly<Record<string, unknown>>;

export interface Family {
  /** The part of the file that is about the network for pictures. @default all of it */
  within?: string;
  /** The values that a key may have; what is missing has the first. A key with any other value is another arithmetic. */
  required: Readonly<Record<string, readonly unknown[]>>;
  /** Keys that choose the network, with their values where a file leaves them out. */
  figures: Figures;
  /** timm's name of the network with these figures; undefined: there is no such network. */
  architecture: (figures: Figures) => string | undefined;
  /** What timm's name does not say: arguments of `timm.create_model`. @default none */
  modelArguments?: (figures: Figures) => Readonly<Record<string, string>>;
  /** Keys that change nothing when the network is used as it is. */
  harmless: readonly string[];
  /** Of the model with this class in `architectures`; undefined: there are no such features here. */
  pooling: (modelClass: string) => Pooling | undefined;
  /** How its published repositories prepare pictures, where `preprocessor_config.json` does not say. */
  processor: string;
}

const mean = (): Pooling => 'mean';
const listed = (value: unknown): string => (Array.isArray(value) ? value.join(',') : '');

/** Epsilons below the families' own differ from it by less than rounding does, wherever a norm has anything to normalise. */
const smallEpsilons = [1e-6, 1e-12, 1e-5, 1e-8];

const resnet: Family = {
  required: {
    hidden_act: ['relu'],
    num_channels: [3],
    embedding_size: [64],
    downsample_in_first_stage: [false],
    downsample_in_bottleneck: [false],
  },
  figures: { depths: [3, 4, 6, 3], hidden_sizes: [256, 512, 1024, 2048], layer_type: 'bottleneck' },
  architecture: ({ depths, hidden_sizes, layer_type }) => {
    const wide = layer_type === 'bottleneck';
    if (listed(hidden_sizes) !== (wide ? '256,512,1024,2048' : '64,128,256,512')) return undefined;
    return (wide ? deepResnets : shallowResnets)[listed(depths)];
  },
  harmless: [],
  pooling: mean,
  processor: 'ConvNextImageProcessor',
};
const shallowResnets: Readonly<Record<string, string>> = { '2,2,2,2': 'resnet18', '3,4,6,3': 'resnet34' };
const deepResnets: Readonly<Record<string, string>> = {
  '3,4,6,3': 'resnet50',
  '3,4,23,3': 'resnet101',
  '3,8,36,3': 'resnet152',
};

/** By width, blocks, heads and hidden width. */
const vitSizes: Readonly<Record<string, string>> = {
  '256,10,4,1024': 'xsmall',
  '192,12,3,768': 'tiny',
  '384,12,6,1536': 'small',
  '512,12,8,2048': 'medium',
  '768,12,12,3072': 'base',
  '1024,24,16,4096': 'large',
  '1152,27,16,4304': 'so400m',
  '1280,32,16,5120': 'huge',
};

const sizeOf = ({ hidden_size, num_hidden_layers, num_attention_heads, intermediate_size }: Figures) =>
  vitSizes[listed([hidden_size, num_hidden_layers, num_attention_heads, intermediate_size])];

const baseSize = { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072 };

const transformerRequired = {
  hidden_act: ['gelu'],
  num_channels: [3],
  qkv_bias: [true],
  layer_norm_eps: smallEpsilons,
};

const vit: Family = {
  required: transformerRequired,
  figures: { ...baseSize, patch_size: 16, image_size: 224 },
  architecture: ({ patch_size, image_size, ...figures }) => {
    const size = sizeOf(figures);
    return size && `vit_${size}_patch${String(patch_size)}_${String(image_size)}`;
  },
  harmless: ['encoder_stride', 'pooler_act', 'pooler_output_size'],
  pooling: () => 'token',
  processor: 'ViTImageProcessor',
};

const deit: Family = {
  ...vit,
  architecture: ({ patch_size, image_size, ...figures }) => {
    const size = sizeOf(figures);
    return size && `deit_${size}_distilled_patch${String(patch_size)}_${String(image_size)}`;
  },
  processor: 'DeiTImageProcessor',
};

/** Keys of towers, which say how they were trained and what was made of their features. */
const ofTowers = ['projection_dim', 'attention_dropout', 'dropout', 'initializer_factor'];

/** Of the whole file, or of the part that is about pictures. */
function clip(within?: string): Family {
  return {
    ...(within === undefined ? {} : { within }),
    required: { num_channels: [3], layer_norm_eps: [1e-5] },
    figures: { ...baseSize, patch_size: 32, image_size: 224, hidden_act: 'quick_gelu' },
    architecture: ({ patch_size, image_size, hidden_act, ...figures }) => {
      const size = sizeOf(figures);
      if (size === undefined || (hidden_act !== 'gelu' && hidden_act !== 'quick_gelu')) return undefined;
      const activation = hidden_act === 'gelu' ? '' : 'quickgelu_';
      return `vit_${size}_patch${String(patch_size)}_clip_${activation}${String(image_size)}`;
    },
    harmless: ofTowers,
    // Its classifier looks at tokens before they are normalised, which no network here does.
    pooling: (modelClass) => (modelClass.endsWith('ForImageClassification') ? undefined : 'token'),
    processor: 'CLIPImageProcessor',
  };
}

/** SigLIPs that timm has with GELU's approximation: width, patch, picture. Of the others it has the exact one. */
const tanhInTimm = new Set(['768,32,256', '1024,16,512', '1152,16,256', '1152,16,384', '1152,16,512']);

function siglip(within?: string): Family {
  return {
    ...(within === undefined ? {} : { within }),
    required: { num_channels: [3], layer_norm_eps: [1e-6], vision_use_head: [true] },
    figures: { ...baseSize, patch_size: 16, image_size: 224, hidden_act: 'gelu_pytorch_tanh' },
    architecture: ({ patch_size, image_size, hidden_act, ...figures }) => {
      const size = sizeOf(figures);
      if (size === undefined || (hidden_act !== 'gelu' && hidden_act !== 'gelu_pytorch_tanh')) return undefined;
      return `vit_${size}_patch${String(patch_size)}_siglip_${String(image_size)}`;
    },
    modelArguments: ({ hidden_size, patch_size, image_size, hidden_act }): Record<string, string> => {
      const usual = tanhInTimm.has(listed([hidden_size, patch_size, image_size])) ? 'gelu_tanh' : 'gelu';
      const own = hidden_act === 'gelu_pytorch_tanh' ? 'gelu_tanh' : 'gelu';
      return own === usual ? {} : { act_layer: own };
    },
    harmless: ofTowers,
    pooling: (modelClass) => (modelClass.endsWith('ForImageClassification') ? 'mean' : 'map'),
    processor: 'SiglipImageProcessor',
  };
}

function dinov2(registers: number): Family {
  return {
    required: {
      ...transformerRequired,
      patch_size: [14],
      mlp_ratio: [4],
      use_swiglu_ffn: [false],
      apply_layernorm: [true],
      ...(registers === 0 ? {} : { num_register_tokens: [registers] }),
    },
    figures: { hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12 },
    architecture: (figures) => {
      const size = sizeOf({ ...figures, intermediate_size: 4 * Number(figures['hidden_size']) });
      return size && `vit_${size}_patch14_${registers === 0 ? '' : `reg${registers}_`}dinov2`;
    },
    // The positions in the file say what image_size they are for; they are resampled to the size of the pictures.
    harmless: ['image_size', 'layerscale_value', 'use_mask_token', 'reshape_hidden_states'],
    pooling: (modelClass) => (modelClass.endsWith('ForImageClassification') ? 'token+mean' : 'token'),
    processor: 'BitImageProcessor',
  };
}

const dinov3: Family = {
  required: {
    hidden_act: ['gelu'],
    num_channels: [3],
    patch_size: [16],
    layer_norm_eps: [1e-5],
    num_register_tokens: [4],
    rope_theta: [100],
    use_gated_mlp: [false],
    apply_layernorm: [true],
    // Of queries and values a file may have one, which is zero (see names/transformers.ts).
    query_bias: [true, false],
    value_bias: [true, false],
    key_bias: [false],
    proj_bias: [true],
    mlp_bias: [true],
  },
  figures: { hidden_size: 384, num_hidden_layers: 12, num_attention_heads: 6, intermediate_size: 1536 },
  architecture: (figures) => {
    const size = sizeOf(figures);
    return size && `vit_${size}_patch16_dinov3`;
  },
  // The first three move positions in training alone.
  harmless: [
    ...['pos_embed_shift', 'pos_embed_jitter', 'pos_embed_rescale'],
    ...['image_size', 'attention_dropout', 'layerscale_value', 'reshape_hidden_states'],
  ],
  pooling: () => 'token',
  processor: 'DINOv3ViTImageProcessor',
};

function convnext(sizes: Readonly<Record<string, string>>, prefix: string): Family {
  return {
    required: {
      hidden_act: ['gelu'],
      num_channels: [3],
      num_stages: [4],
      patch_size: [4],
      layer_norm_eps: smallEpsilons,
    },
    figures: { depths: [3, 3, 9, 3], hidden_sizes: [96, 192, 384, 768] },
    architecture: ({ depths, hidden_sizes }) => {
      const widths = Array.isArray(hidden_sizes) ? hidden_sizes.map(Number) : [];
      const doubled = widths.length === 4 && widths.every((width, stage) => width === widths[0]! * 2 ** stage);
      const size = doubled ? sizes[`${listed(depths)} ${widths[0]}`] : undefined;
      return size && `${prefix}_${size}`;
    },
    harmless: ['layer_scale_init_value', 'image_size'],
    pooling: mean,
    processor: 'ConvNextImageProcessor',
  };
}

/** Depths and the first stage's channels. */
const convnextSizes = {
  '3,3,9,3 96': 'tiny',
  '3,3,27,3 96': 'small',
  '3,3,27,3 128': 'base',
  '3,3,27,3 192': 'large',
  '3,3,27,3 256': 'xlarge',
};
const convnextV2Sizes = {
  '2,2,6,2 40': 'atto',
  '2,2,6,2 48': 'femto',
  '2,2,6,2 64': 'pico',
  '2,2,8,2 80': 'nano',
  '3,3,9,3 96': 'tiny',
  '3,3,27,3 128': 'base',
  '3,3,27,3 192': 'large',
  '3,3,27,3 352': 'huge',
};

/** By `model_type`. */
export const families: Readonly<Record<string, Family>> = {
  resnet,
  vit,
  deit,
  clip: clip('vision_config'),
  clip_vision_model: clip(),
  siglip: siglip('vision_config'),
  siglip_vision_model: siglip(),
  dinov2: dinov2(0),
  dinov2_with_registers: dinov2(4),
  dinov3_vit: dinov3,
  convnext: convnext(convnextSizes, 'convnext'),
  convnextv2: convnext(convnextV2Sizes, 'convnextv2'),
};
