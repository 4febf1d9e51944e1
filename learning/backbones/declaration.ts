/** Parameters and layers of a network, and the execution of its stages on shapes that lists them. */
import type {
  BatchNorm,
  Convolution,
  Dense,
  LayerNormalisation,
  LearnedTokens,
  Linear,
  Operations,
  Pooling,
  Positions,
  ResidualBranch,
  ResponseNormalisation,
  TokenRange,
} from './operations.js';
import { convolvedShape, kernelSize, pooledSize, type Shape } from './shapes.js';

export type ParameterKind =
  | 'conv.weight'
  | 'depthwise.weight'
  | 'conv.bias'
  | 'bn.weight'
  | 'bn.bias'
  | 'bn.running_mean'
  | 'bn.running_var'
  | 'linear.weight'
  | 'linear.bias'
  | 'norm.weight'
  | 'norm.bias'
  /** A factor for each channel. */
  | 'scale'
  /** Learned tokens or positions. */
  | 'tokens';

export interface ParameterSpec {
  /** Torch (torchvision or timm) name. */
  name: string;
  /** In torch order: OIHW for convolutions, [out, in] for linear layers, or [out, in, 1, 1]. */
  shape: readonly number[];
  kind: ParameterKind;
  /** The stage it belongs to, or `'classifier'`. */
  stage: string;
  /** For a linear layer that flattens a map: the map, as [height, width, channels]. */
  flattens?: readonly [number, number, number];
}

/** What the stage of a parameter is called when it belongs to the network's own classifier. */
export const classifierStage = 'classifier';

/**
 * One convolution or linear layer, with the batch normalisation and the scale that follow it; or one layer normalisation, or
 * learned tokens.
 */
export interface Layer {
  /** Torch name without `.weight`; whole for learned tokens. */
  name: string;
  stage: string;
  weight: ParameterSpec;
  bias?: ParameterSpec;
  /** Equal parts of the bias, instead of one; null: zeros. */
  biasParts?: readonly (ParameterSpec | null)[];
  batchNorm?: BatchNorm;
  scale?: ParameterSpec;
  /** All of its parameters, `weight` first. */
  parameters: readonly ParameterSpec[];
}

/** Whether training may change it: everything but batch normalisation's statistics. */
export function isTrainable(spec: ParameterSpec): boolean {
  return spec.kind !== 'bn.running_mean' && spec.kind !== 'bn.running_var';
}

/** Runs stages on shapes, and lists each layer and each residual branch that they use. */
export class Declaration implements Operations<Shape> {
  readonly layers: Layer[] = [];
  readonly branches: ResidualBranch[] = [];

  constructor(private readonly stage: string) {}

  conv(x: Shape, o: Convolution): Shape {
    const [kh, kw] = kernelSize(o.kernel);
    const { stage } = this;
    const weight: ParameterSpec = {
      name: `${o.name}.weight`,
      shape: [o.out, o.depthwise ? 1 : x.c, kh, kw],
      kind: o.depthwise ? 'depthwise.weight' : 'conv.weight',
      stage,
    };
    const bias: ParameterSpec = { name: `${o.name}.bias`, shape: [o.out], kind: 'conv.bias', stage };
    const { batchNorm } = o;
    const scale = this.scaleOf(o);
    this.layers.push({
      name: o.name,
      stage,
      weight,
      ...(o.bias ? { bias } : {}),
      ...(batchNorm ? { batchNorm } : {}),
      ...(scale ? { scale } : {}),
      parameters: [
        weight,
        ...(o.bias ? [bias] : []),
        ...(batchNorm ? this.normalisation(batchNorm, o.out) : []),
        ...(scale ? [scale] : []),
      ],
    });
    return convolvedShape(x, o);
  }

  dense(x: Shape, o: Dense): Shape {
    const { stage } = this;
    const shape = o.isConvolution === true ? [o.out, x.c, 1, 1] : [o.out, x.c];
    const weight: ParameterSpec = { name: `${o.name}.weight`, shape, kind: 'linear.weight', stage };
    const biasOf = (name: string, size: number): ParameterSpec => ({ name, shape: [size], kind: 'linear.bias', stage });
    const parts = o.biasParts?.map((name) => name && biasOf(name, o.out / o.biasParts!.length));
    const bias = (o.bias ?? true) && parts === undefined ? biasOf(`${o.name}.bias`, o.out) : undefined;
    const scale = this.scaleOf(o);
    this.layers.push({
      name: o.name,
      stage,
      weight,
      ...(bias ? { bias } : {}),
      ...(parts ? { biasParts: parts as (ParameterSpec | null)[] } : {}),
      ...(scale ? { scale } : {}),
      parameters: [weight, ...[bias, ...(parts ?? []), scale].filter((one) => typeof one === 'object' && one !== null)],
    });
    return { ...x, c: o.out };
  }

  layerNorm(x: Shape, { name }: LayerNormalisation): Shape {
    const { stage } = this;
    const weight: ParameterSpec = { name: `${name}.weight`, shape: [x.c], kind: 'norm.weight', stage };
    const bias: ParameterSpec = { name: `${name}.bias`, shape: [x.c], kind: 'norm.bias', stage };
    this.layers.push({ name, stage, weight, bias, parameters: [weight, bias] });
    return x;
  }

  /** As many parameters as a layer normalisation. */
  responseNorm(x: Shape, o: ResponseNormalisation): Shape {
    return this.layerNorm(x, o);
  }

  tokens(x: Shape): Shape {
    return { h: 1, w: x.h * x.w, c: x.c };
  }

  take(x: Shape, { from, to = x.w }: TokenRange): Shape {
    return { ...x, w: to - from };
  }

  learned({ name, tokens, channels }: LearnedTokens): Shape {
    this.tokensOf(name, [1, tokens, channels]);
    return { h: 1, w: tokens, c: channels };
  }

  prepend(x: Shape, o: LearnedTokens): Shape {
    return { ...x, w: x.w + this.learned(o).w };
  }

  addPositions(x: Shape, { name, grid, leading }: Positions): Shape {
    this.tokensOf(name, [1, leading + grid * grid, x.c]);
    return x;
  }

  private tokensOf(name: string, shape: readonly number[]): void {
    const { stage } = this;
    const weight: ParameterSpec = { name, shape, kind: 'tokens', stage };
    this.layers.push({ name, stage, weight, parameters: [weight] });
  }

  heads(x: Shape, { parts, heads }: { parts: number; heads: number }): Shape[] {
    return Array.from({ length: parts }, () => ({ h: heads, w: x.w, c: x.c / (parts * heads) }));
  }

  rotate(x: Shape): Shape {
    return x;
  }

  attention(queries: Shape, _keys: Shape, values: Shape): Shape {
    return { h: 1, w: queries.w, c: values.h * values.c };
  }

  dropPath(x: Shape, branch: ResidualBranch): Shape {
    this.branches.push(branch);
    return x;
  }

  private scaleOf({ scale, out }: Pick<Convolution, 'scale' | 'out'>): ParameterSpec | undefined {
    return scale === undefined ? undefined : { name: scale, shape: [out], kind: 'scale', stage: this.stage };
  }

  private normalisation({ name }: BatchNorm, channels: number): ParameterSpec[] {
    return (['weight', 'bias', 'running_mean', 'running_var'] as const).map((part) => ({
      name: `${name}.${part}`,
      shape: [channels],
      kind: `bn.${part}`,
      stage: this.stage,
    }));
  }

  linear(x: Shape, o: Linear): Shape {
    const { stage } = this;
    const weight: ParameterSpec = {
      name: `${o.name}.weight`,
      shape: [o.out, x.h * x.w * x.c],
      kind: 'linear.weight',
      stage,
      flattens: [x.h, x.w, x.c],
    };
    const bias: ParameterSpec = { name: `${o.name}.bias`, shape: [o.out], kind: 'linear.bias', stage };
    this.layers.push({ name: o.name, stage, weight, bias, parameters: [weight, bias] });
    return { h: 1, w: 1, c: o.out };
  }

  maxPool(x: Shape, o: Pooling): Shape {
    return { h: pooledSize(x.h, o), w: pooledSize(x.w, o), c: x.c };
  }

  averagePool(x: Shape, o: Pooling): Shape {
    return this.maxPool(x, o);
  }

  concat(xs: readonly Shape[]): Shape {
    const [first] = xs;
    if (!first) throw new RangeError('concat of nothing');
    return { ...first, c: xs.reduce((sum, x) => sum + x.c, 0) };
  }

  globalAveragePool(x: Shape): Shape {
    return { h: 1, w: 1, c: x.c };
  }

  add(a: Shape): Shape {
    return a;
  }

  activate(x: Shape): Shape {
    return x;
  }

  scaleChannels(x: Shape): Shape {
    return x;
  }

  reverseChannels(x: Shape): Shape {
    return x;
  }

  localResponseNorm(x: Shape): Shape {
    return x;
  }
}
