/**
 * The blocks that MobileNet and EfficientNet are made of, in timm's names: depthwise-separable blocks (Howard et al. 2017), inverted
 * residuals (Sandler et al. 2018), squeeze-excite (Hu et al. 2018) and the fused blocks of EfficientNetV2 (Tan & Le 2021).
 */
import type { BatchNorm, Convolution, Operations, Stage } from '../operations.js';
import type { Block, Style } from './mobileTable.js';

/** Layers of one network, by its style. */
class Layers<T> {
  constructor(
    private readonly ops: Operations<T>,
    private readonly style: Style,
  ) {}

  /** A convolution with batch normalisation. @param norm its name */
  conv(x: T, norm: string, o: Pick<Convolution, 'name' | 'out' | 'kernel' | 'stride' | 'depthwise' | 'activation'>): T {
    const batchNorm: BatchNorm = { name: norm, epsilon: this.style.epsilon };
    const padding = this.style.padding === 'same' ? 'same' : ((o.kernel as number) - 1) / 2;
    return this.ops.conv(x, { ...o, padding, batchNorm });
  }

  /** Each channel times a gate that is computed from the means of all. */
  gated(x: T, { name, squeezed, width }: Block): T {
    const { squeeze } = this.style;
    if (squeezed === undefined || squeeze === undefined) return x;
    const pixel = { kernel: 1, bias: true } as const;
    const few = this.ops.conv(this.ops.globalAveragePool(x), {
      ...{ ...pixel, name: `${name}.se.conv_reduce`, out: squeezed, activation: squeeze.activation },
    });
    const gates = { ...pixel, name: `${name}.se.conv_expand`, out: width, activation: squeeze.gate };
    return this.ops.scaleChannels(x, this.ops.conv(few, gates));
  }

  block(x: T, b: Block): T {
    const hasShortcut = (b.kind !== 'convolution' || b.shortcut === true) && b.stride === 1 && b.in === b.out;
    const y = this.residual(x, b);
    return hasShortcut ? this.ops.add(this.ops.dropPath(y, { name: `${b.name}.drop_path` }), x) : y;
  }

  private residual(x: T, b: Block): T {
    const { name, out, kernel, stride, width } = b;
    const activation = b.activation ?? this.style.activation;
    switch (b.kind) {
      case 'convolution':
        return this.conv(x, `${name}.bn1`, { name: `${name}.conv`, out, kernel, stride, activation });
      case 'separable': {
        const filter = { name: `${name}.conv_dw`, out: width, kernel, stride, depthwise: true, activation };
        const y = this.gated(this.conv(x, `${name}.bn1`, filter), b);
        return this.conv(y, `${name}.bn2`, { name: `${name}.conv_pw`, out, kernel: 1 });
      }
      case 'inverted': {
        const wide = this.conv(x, `${name}.bn1`, { name: `${name}.conv_pw`, out: width, kernel: 1, activation });
        const filter = { name: `${name}.conv_dw`, out: width, kernel, stride, depthwise: true, activation };
        const y = this.gated(this.conv(wide, `${name}.bn2`, filter), b);
        return this.conv(y, `${name}.bn3`, { name: `${name}.conv_pwl`, out, kernel: 1 });
      }
      case 'fused': {
        const wide = { name: `${name}.conv_exp`, out: width, kernel, stride, activation };
        const y = this.gated(this.conv(x, `${name}.bn1`, wide), b);
        return this.conv(y, `${name}.bn2`, { name: `${name}.conv_pwl`, out, kernel: 1 });
      }
    }
  }
}

/** `stem`: a convolution at stride 2. */
export function stemStage(out: number, style: Style): Stage {
  const { activation } = style;
  return {
    name: 'stem',
    run: (ops, x) =>
      new Layers(ops, style).conv(x, 'bn1', { name: 'conv_stem', out, kernel: 3, stride: 2, activation }),
  };
}

/** `blocks.0`, `blocks.1`, … */
export function blockStages(stages: readonly (readonly Block[])[], style: Style): Stage[] {
  return stages.map((blocks, index) => ({
    name: `blocks.${index}`,
    run: (ops, x) => {
      const layers = new Layers(ops, style);
      return blocks.reduce((y, block) => layers.block(y, block), x);
    },
  }));
}

/** `conv_head`: a convolution of a pixel on the last map. */
export function headStage(out: number, style: Style): Stage {
  const { activation } = style;
  return {
    name: 'conv_head',
    run: (ops, x) => new Layers(ops, style).conv(x, 'bn2', { name: 'conv_head', out, kernel: 1, activation }),
  };
}
