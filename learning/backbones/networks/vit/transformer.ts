/** Vision transformers (Dosovitskiy et al. 2020) and what became of them, as timm builds and names them. */
import type { Backbone } from '../../backbone.js';
import type { Activation, Operations, Stage } from '../../operations.js';

export interface Transformer {
  /** Edge of a patch, pixels. */
  patch: number;
  /** Channels of a token. */
  width: number;
  /** Blocks. */
  depth: number;
  heads: number;
  /** Channels between the two layers of a block's perceptron. @default four times the width */
  hidden?: number;
  /** @default 'gelu' */
  activation?: Activation;
  /** Whether a second layer gates the first (SwiGLU, Shazeer 2020); the activation is then SiLU. @default false */
  gated?: boolean;
  /** Of every layer normalisation. @default 1e-6 */
  epsilon?: number;
  /** Whether each block has LayerScale, under the names of timm's ViT or of its EVA. @default none */
  layerScale?: 'ls' | 'gamma';
  /** @default true */
  classToken?: boolean;
  /** Whether a token behind the class token learned from a teacher (DeiT, Touvron et al. 2021). @default false */
  distilled?: boolean;
  /** Register tokens (Darcet et al. 2023). @default 0 */
  registers?: number;
  /** Whether queries, keys and values have a bias; `apart`: queries and values alone, under names of their own, as in EVA. @default true */
  projectionBias?: boolean | 'apart';
  positions:
    | {
        /** Learned for a map of so many tokens an edge, for the leading tokens too unless it says `map`. */
        grid: number;
        of?: 'map';
      }
    | { rotary: { temperature: number } };
  /** Whether tokens are normalised before the first block, as in CLIP. @default false */
  normalisedFirst?: boolean;
  /** Whether the pooled features are normalised, and not the last tokens. @default false */
  normalisedPooled?: boolean;
  /** @default 'token', or 'mean' without a class token */
  pooling?: TokenPooling;
}

/**
 * What becomes of the last tokens: the class token (of DeiT's two, the mean), the mean of the map's, both side by side (DINOv2's linear protocol), or what
 * a learned query attends to (SigLIP).
 */
export type TokenPooling = 'token' | 'mean' | 'token+mean' | 'attention';

/** Its stages: `patch_embed`, `tokens`, `blocks.0` and on, `norm` unless the pooled features are normalised, `pool`. */
export function transformerStages(t: Transformer): Stage[] {
  const blocks = Array.from({ length: t.depth }, (_, index) => block(t, `blocks.${index}`));
  const pool = pooled(t);
  const norms = t.normalisedPooled ? [] : [norm(t)];
  return [patches(t), ...[tokens(t), ...blocks, ...norms].map((stage) => ({ ...stage, pool })), last(t)];
}

/** Channels that a head sees. */
export function pooledWidth(t: Transformer): number {
  return poolingOf(t) === 'token+mean' ? 2 * t.width : t.width;
}

/** How its last tokens are pooled. */
export const poolingOf = (t: Transformer): TokenPooling => t.pooling ?? ((t.classToken ?? true) ? 'token' : 'mean');

/** Tokens that stand for the class. */
const classTokens = ({ classToken = true, distilled = false }: Transformer): number =>
  (classToken ? 1 : 0) + (distilled ? 1 : 0);

const leadingTokens = (t: Transformer): number => classTokens(t) + (t.registers ?? 0);

const layerNorm = <T>(ops: Operations<T>, x: T, name: string, { epsilon = 1e-6 }: Transformer): T =>
  ops.layerNorm(x, { name, epsilon });

function patches({ patch, width, normalisedFirst = false }: Transformer): Stage {
  return {
    name: 'patch_embed',
    run: (ops, x) =>
      ops.tokens(
        ops.conv(x, { name: 'patch_embed.proj', out: width, kernel: patch, stride: patch, bias: !normalisedFirst }),
      ),
  };
}

function tokens(t: Transformer): Stage {
  const { positions, registers = 0, classToken = true, distilled = false, width: channels } = t;
  const learned = 'grid' in positions ? positions : undefined;
  const lead = <T>(ops: Operations<T>, x: T): T => {
    const registered = registers > 0 ? ops.prepend(x, { name: 'reg_token', tokens: registers, channels }) : x;
    const taught = distilled ? ops.prepend(registered, { name: 'dist_token', tokens: 1, channels }) : registered;
    return classToken ? ops.prepend(taught, { name: 'cls_token', tokens: 1, channels }) : taught;
  };
  const place = <T>(ops: Operations<T>, x: T, leading: number): T =>
    learned === undefined ? x : ops.addPositions(x, { name: 'pos_embed', grid: learned.grid, leading });
  return {
    name: 'tokens',
    run(ops, x) {
      const y = learned?.of === 'map' ? lead(ops, place(ops, x, 0)) : place(ops, lead(ops, x), leadingTokens(t));
      return t.normalisedFirst ? layerNorm(ops, y, 'norm_pre', t) : y;
    },
  };
}

function block(t: Transformer, name: string): Stage {
  const { layerScale, width } = t;
  const scale = (part: 1 | 2): { scale?: string } => {
    if (layerScale === undefined) return {};
    return { scale: layerScale === 'ls' ? `${name}.ls${part}.gamma` : `${name}.gamma_${part}` };
  };
  return {
    name,
    run(ops, x) {
      const attended = selfAttention(ops, layerNorm(ops, x, `${name}.norm1`, t), `${name}.attn`, t);
      const mixed = ops.dense(attended, { name: `${name}.attn.proj`, out: width, ...scale(1) });
      const y = ops.add(x, ops.dropPath(mixed, { name: `${name}.drop_path1` }));
      const changed = perceptron(ops, layerNorm(ops, y, `${name}.norm2`, t), `${name}.mlp`, t, scale(2));
      return ops.add(y, ops.dropPath(changed, { name: `${name}.drop_path2` }));
    },
  };
}

function selfAttention<T>(ops: Operations<T>, x: T, name: string, t: Transformer): T {
  const { width, heads, positions, projectionBias = true } = t;
  const bias =
    projectionBias === 'apart' ? { biasParts: [`${name}.q_bias`, null, `${name}.v_bias`] } : { bias: projectionBias };
  const projected = ops.dense(x, { name: `${name}.qkv`, out: 3 * width, ...bias });
  const [queries, keys, values] = ops.heads(projected, { parts: 3, heads }) as [T, T, T];
  if ('grid' in positions) return ops.attention(queries, keys, values);
  const rotation = { leading: leadingTokens(t), ...positions.rotary };
  return ops.attention(ops.rotate(queries, rotation), ops.rotate(keys, rotation), values);
}

function perceptron<T>(ops: Operations<T>, x: T, name: string, t: Transformer, scale: { scale?: string } = {}): T {
  const { width, hidden: out = 4 * width, activation = 'gelu', gated = false } = t;
  const hidden = gated
    ? ops.scaleChannels(
        ops.dense(x, { name: `${name}.fc1_g`, out, activation: 'silu' }),
        ops.dense(x, { name: `${name}.fc1_x`, out }),
      )
    : ops.dense(x, { name: `${name}.fc1`, out, activation });
  return ops.dense(hidden, { name: `${name}.fc2`, out: width, ...scale });
}

function norm(t: Transformer): Stage {
  return { name: 'norm', run: (ops, x) => layerNorm(ops, x, 'norm', t) };
}

/** What a head sees of any sequence, without parameters: where a query was learned for the last one, the mean of the others. */
function pooled(t: Transformer): NonNullable<Stage['pool']> {
  const leading = leadingTokens(t);
  return (ops, x) => {
    const tokens = ops.take(x, { from: 0, to: Math.max(1, classTokens(t)) });
    const token = (): typeof x => (classTokens(t) > 1 ? ops.globalAveragePool(tokens) : tokens);
    const mean = (): typeof x => ops.globalAveragePool(leading > 0 ? ops.take(x, { from: leading }) : x);
    switch (poolingOf(t)) {
      case 'token':
        return token();
      case 'token+mean':
        return ops.concat([token(), mean()]);
      default:
        return mean();
    }
  };
}

function last(t: Transformer): Stage {
  if (poolingOf(t) === 'attention') return { name: 'pool', run: (ops, x) => attentionPool(ops, x, t) };
  // What averages two heads needs both tokens; a new head sees their mean.
  if (isTaught(t)) return { name: 'pool', run: (ops, x) => ops.take(x, { from: 0, to: classTokens(t) }) };
  const pool = pooled(t);
  if (!t.normalisedPooled) return { name: 'pool', run: pool };
  return { name: 'pool', run: (ops, x) => layerNorm(ops, pool(ops, x), 'fc_norm', t) };
}

/** Whether its features are those of a class token and one that learned from a teacher, for a head each. */
export const isTaught = (t: Transformer): boolean => t.distilled === true && poolingOf(t) === 'token';

/** The mean of what two heads say, each of its own token. */
export const taughtClassifier =
  (head: string, further: string): Backbone['classify'] =>
  (ops, tokens, out) => {
    const answers = [head, further].map((name, from) =>
      ops.linear(ops.take(tokens, { from, to: from + 1 }), { name, out }),
    );
    const [both] = ops.heads(ops.concat(answers), { parts: 1, heads: 2 });
    return ops.globalAveragePool(both!);
  };

/** A learned query attends to all tokens; a perceptron follows (Zhai et al. 2023). */
function attentionPool<T>(ops: Operations<T>, x: T, t: Transformer): T {
  const { width, heads } = t;
  const name = 'attn_pool';
  const latent = ops.learned({ name: `${name}.latent`, tokens: 1, channels: width });
  const [query] = ops.heads(ops.dense(latent, { name: `${name}.q`, out: width }), { parts: 1, heads }) as [T];
  const both = ops.heads(ops.dense(x, { name: `${name}.kv`, out: 2 * width }), { parts: 2, heads });
  const attended = ops.attention(query, ...(both as [T, T]));
  const y = ops.dense(attended, { name: `${name}.proj`, out: width });
  return ops.add(y, perceptron(ops, layerNorm(ops, y, `${name}.norm`, t), `${name}.mlp`, t));
}
