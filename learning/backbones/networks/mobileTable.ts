/** The tables that MobileNet and EfficientNet are written as, and how they are scaled (Tan & Le 2019). */
import type { Activation } from '../operations.js';

/**
 * - `convolution`: one convolution
 * - `separable`: a depthwise convolution and one of a pixel
 * - `inverted`: the same, between it and its input more channels
 * - `fused`: the expansion and the depthwise convolution in one
 */
type Kind = 'convolution' | 'separable' | 'inverted' | 'fused';

/** Some equal blocks of a table, at scale 1. */
export interface Row {
  kind: Kind;
  repeats: number;
  kernel: number;
  /** Of the first of them. */
  stride: number;
  /** Channels inside, as a multiple of those that come in. @default 1 */
  expand?: number;
  out: number;
  /** Whether its channels are gated. @default false */
  squeeze?: boolean;
  /** @default the style's */
  activation?: Activation;
  /** Whether a single convolution is added to its input, where the shape allows it; the others always are. @default false */
  shortcut?: boolean;
}

export interface Block extends Omit<Row, 'repeats' | 'expand' | 'squeeze'> {
  name: string;
  in: number;
  /** Channels inside. */
  width: number;
  /** Channels that a gate is computed from; undefined: there is none. */
  squeezed: number | undefined;
}

/** What all layers of a network have in common. */
export interface Style {
  /** `same`: TensorFlow's; `symmetric`: half the kernel on each side, as in PyTorch. */
  padding: 'same' | 'symmetric';
  /** Added to the variance in batch normalisation. */
  epsilon: number;
  activation: Activation;
  squeeze?: {
    activation: Activation;
    gate: Activation;
    /** Channels that a block's gate is computed from. */
    channels: (block: { in: number; width: number }) => number;
  };
}

/** PyTorch's batch normalisation and padding. */
export const torchStyle = { padding: 'symmetric', epsilon: 1e-5 } as const;
/** TensorFlow's. */
export const tensorflowStyle = { padding: 'same', epsilon: 1e-3 } as const;

export interface Scale {
  /** Of the channels. */
  width: number;
  /** Of the repeats: of all stages, or of each. */
  depth: number | readonly number[];
  /** The share of the channels that rounding must leave. @default 0.9 */
  roundLimit?: number;
}

/** Channels rounded to a multiple of 8, never down by more than a tenth. */
export function roundChannels(channels: number, width = 1, limit = 0.9): number {
  const scaled = channels * width;
  const rounded = Math.max(8, Math.floor((scaled + 4) / 8) * 8);
  return rounded < limit * scaled ? rounded + 8 : rounded;
}

/**
 * The blocks of each stage.
 * @param stages rows of each stage at scale 1
 * @param stem channels that come in
 */
export function scaledBlocks(
  stages: readonly (readonly Row[])[],
  stem: number,
  { width, depth, roundLimit }: Scale,
  style: Style,
): Block[][] {
  let channels = stem;
  return stages.map((rows, stage) => {
    const repeats = scaledRepeats(
      rows.map((row) => row.repeats),
      typeof depth === 'number' ? depth : (depth[stage] ?? 1),
    );
    const unrolled = rows.flatMap((row, index) =>
      Array.from({ length: repeats[index]! }, (_, k) => ({ ...row, stride: k === 0 ? row.stride : 1 })),
    );
    return unrolled.map(({ repeats: _, expand = 1, squeeze = false, ...row }, index): Block => {
      const sizes = { in: channels, width: roundChannels(channels * expand) };
      const out = roundChannels(row.out, width, roundLimit);
      const squeezed = squeeze ? style.squeeze?.channels(sizes) : undefined;
      channels = out;
      return { ...row, ...sizes, out, squeezed, name: `blocks.${stage}.${index}` };
    });
  });
}

/** The rows of a stage share its repeats in proportion; the first ones are the last to grow. */
function scaledRepeats(repeats: readonly number[], depth: number): number[] {
  let rest = repeats.reduce((sum, count) => sum + count, 0);
  let scaled = Math.ceil(rest * depth);
  return repeats
    .toReversed()
    .map((count) => {
      const share = Math.max(1, roundHalfToEven((count / rest) * scaled));
      rest -= count;
      scaled -= share;
      return share;
    })
    .toReversed();
}

/** As Python does. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
