/** Inference: batch normalisation is folded into filters and biases once; what remains is convolutions. */
import type { ComputeDtype } from '../../../contracts/spec/computeSpec.js';
import { tf, type Tensor, type Tensor2D, type Tensor4D } from '../../tensorflow.js';
import type { Backbone } from '../backbone.js';
import { classifierStage, type Layer } from '../declaration.js';
import { classifierIn, classify, declareLayers, type Classifier } from '../declare.js';
import { examplesAtOnce, usualScores } from './examplesAtOnce.js';
import { foldedLayer, missingParameter } from './foldedLayer.js';
import { CompiledFunction } from '../../graphs/compiledFunction.js';
import { toTensor, type NamedArrays } from '../parameters.js';
import { otherPools } from '../pooledAs.js';
import { runStageRange, type StageRange } from './stageRange.js';
import { TensorOperations, type Affine } from './tensorOperations.js';

/** Images from which on it is worth while to compile a network, which takes as long as some dozens of them. */
const worthCompiling = 128;

/**
 * Images from which on a graph holds its weights as constants. Loading takes some 18 ms longer for each MB of them, and a batch of 32
 * images 0.5 to 1 ms less.
 */
const worthConstants = 512;

/** Bytes of weights that are held a second time, in a graph: those of ViT-B, but not of VGG's dense layers. */
const mostWeights = 384 * 2 ** 20;

/** Bytes of weights from which on a graph is given them in each call. As constants it would hold them many times while it is loaded. */
const usualManyWeights = 256 * 2 ** 20;

export interface FoldedOptions extends StageRange {
  /** About how many images will go through: for many, the stages are compiled on a CPU, and for very many with their weights. @default 0 */
  images?: number;
  /** Number format of the stages' convolutions, linear layers and attention; the classifier is float32. `bfloat16` runs compiled. @default float32 */
  dtype?: ComputeDtype;
  /** Bytes that attention's scores may take; a batch with more goes through in parts. @default 256 MiB */
  mostScores?: number;
  /** Bytes of weights from which on a graph is given them in each call. @default 256 MiB */
  manyWeights?: number;
}

/**
 * A backbone with fixed parameters. Owns its tensors: call `dispose`, or declare it with `using`.
 */
export class FoldedNetwork {
  /** By the layer's torch name. */
  private readonly affine = new Map<string, Affine>();
  /** Of layers that are not affine, by the parameter's. */
  private readonly others = new Map<string, Tensor>();
  private readonly operations: TensorOperations;
  private readonly classes: number | undefined;
  private readonly classifier: Classifier;
  private readonly compiles: boolean;
  private readonly dtype: ComputeDtype;
  private readonly mostScores: number;
  /** Filters that graphs are given in each call. */
  private readonly given: Record<string, Tensor> = {};
  /** By what they compute. */
  private readonly compiled = new Map<string, CompiledFunction>();

  /**
   * Folding is done in float64, so the result depends on nothing but the parameters.
   * @param parameters in torch order; those of stages outside the range, and the classifier's, may be absent
   * @param options the stages that will be run, all by default, and how often
   * @throws GW_WEIGHTS_MISMATCH when a parameter is missing
   */
  constructor(
    readonly backbone: Backbone,
    parameters: NamedArrays,
    {
      from = 0,
      to = backbone.stages.length,
      images = 0,
      dtype = 'float32',
      mostScores = usualScores,
      manyWeights = usualManyWeights,
    }: FoldedOptions = {},
  ) {
    const wanted = new Set(backbone.stages.slice(from, to).map((stage) => stage.name));
    const { classes, classifier } = classifierIn(backbone, parameters);
    this.classes = classes;
    this.classifier = classifier;
    this.dtype = dtype;
    this.mostScores = mostScores;
    if (this.classes !== undefined && to === backbone.stages.length) wanted.add(classifierStage);
    try {
      for (const layer of declareLayers(backbone, this.classes, this.classifier)) {
        if (wanted.has(layer.stage)) this.hold(layer, parameters);
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.operations = new TensorOperations({
      affine: ({ name }) => held(this.affine, name, `${name}.weight`),
      parameter: (name) => held(this.others, name, name),
    });
    const weights = [...this.affine.values()].reduce((sum, { filter }) => sum + 4 * filter.size, 0);
    this.compiles = images >= worthCompiling && weights <= mostWeights;
    if (weights < manyWeights && images >= worthConstants) return;
    for (const [index, { filter }] of [...this.affine.values()].entries()) this.given[`filter${index}`] = filter;
  }

  /**
   * Run a range of stages.
   * @param x [batch, height, width, channels]: the normalised picture, or the activation before stage `from`
   * @returns the activation after the last stage of the range; the caller disposes of it
   */
  run(x: Tensor4D, { from = 0, to = this.backbone.stages.length }: StageRange = {}): Tensor4D {
    return this.activations(x, [to], from)[0] as Tensor4D;
  }

  /**
   * Run stages from `from` on, each once.
   * @param x as in `run`
   * @param ends after how many of the backbone's stages an activation is wanted, in rising order; `from`: the input itself
   * @returns an activation for each of the ends; the caller disposes of them
   */
  activations(x: Tensor4D, ends: readonly number[], from = 0): Tensor4D[] {
    const plain = (input: Tensor4D): Tensor4D[] => {
      let at = from;
      let y = input;
      return ends.map((to) => {
        y = this.operationByOperation(y, { from: at, to });
        at = to;
        return y;
      });
    };
    if (ends.every((end) => end <= from)) return plain(x);
    const compiled = this.compiledFor(`${from} to ${ends.join()}`, plain);
    return this.inParts(
      x,
      { from, to: ends.at(-1) as number },
      (part) => compiled.run({ x: part }, this.given) as Tensor4D[],
    );
  }

  /**
   * What `pooled` gives of every stage, and of the last one in the other ways to pool it, from one pass: see `scoredNames`.
   * @param x [batch, height, width, 3]
   * @returns [batch, channels] for each name; the caller disposes of them
   */
  pooledStages(x: Tensor4D): Tensor2D[] {
    const plain = (input: Tensor4D): Tensor2D[] => {
      let y = input.clone();
      return this.backbone.stages.flatMap((stage, from, { length }) => {
        const before = y;
        y = this.operationByOperation(before, { from, to: from + 1 });
        const others = from === length - 1 ? otherPools(this.backbone) : [];
        const also = others.map((other) => this.pooled(other.stage.run(this.operations, before)));
        before.dispose();
        return [this.pooled(stage.pool?.(this.operations, y) ?? y), ...also];
      });
    };
    const compiled = this.compiledFor('pooled stages', plain);
    return this.inParts(x, {}, (part) => compiled.run({ x: part }, this.given) as Tensor2D[]);
  }

  /** So many examples at once that attention does not hold too much. */
  private inParts<T extends Tensor>(x: Tensor4D, range: StageRange, compute: (part: Tensor4D) => T[]): T[] {
    const [examples, h, w, c] = x.shape;
    const atOnce = examplesAtOnce(this.backbone, { h, w, c }, range, this.mostScores);
    if (examples <= atOnce) return compute(x);
    const parts = Array.from({ length: Math.ceil(examples / atOnce) }, (_, part) => {
      const input = tf.slice4d(x, [part * atOnce, 0, 0, 0], [Math.min(atOnce, examples - part * atOnce), -1, -1, -1]);
      const results = compute(input);
      input.dispose();
      return results;
    });
    const [first = []] = parts;
    const whole = first.map((_, index) => tf.concat(parts.map((results) => results[index] as T)));
    tf.dispose(parts);
    return whole;
  }

  private operationByOperation(x: Tensor4D, range: StageRange): Tensor4D {
    return runStageRange(this.backbone, this.operations, x, range);
  }

  /** TensorFlow sees all operations at once, which takes a third off EfficientNet-Lite0's forward pass on two cores. */
  private compiledFor(what: string, compute: (x: Tensor4D) => Tensor[]): CompiledFunction {
    let compiled = this.compiled.get(what);
    if (compiled === undefined) {
      compiled = new CompiledFunction(
        ({ x }) => tf.tidy(() => compute(x as Tensor4D)),
        () => (this.compiles ? Infinity : 0),
        { anyRows: true, dtype: this.dtype },
      );
      this.compiled.set(what, compiled);
    }
    return compiled;
  }

  private hold(layer: Layer, parameters: NamedArrays): void {
    if (isAffine(layer)) {
      this.affine.set(layer.name, fold(layer, parameters));
      return;
    }
    for (const spec of layer.parameters) {
      const array = parameters.get(spec.name);
      if (!array) throw missingParameter(spec.name);
      this.others.set(spec.name, toTensor(spec, array));
    }
  }

  /** Global average pooling of a feature map: [batch, h, w, c] to [batch, c], what a head is trained on. */
  pooled(featureMap: Tensor4D): Tensor2D {
    return tf.mean(featureMap, [1, 2]);
  }

  /** Whether the parameters came with a classifier. */
  get hasClassifier(): boolean {
    return this.classes !== undefined;
  }

  /**
   * The classifier on the last feature map: [batch, classes].
   * @throws GW_WEIGHTS_MISMATCH when the parameters came without a classifier
   */
  logits(featureMap: Tensor4D): Tensor2D {
    const { classes } = this;
    if (classes === undefined) throw missingParameter(`${this.backbone.classifierName}.weight`);
    return tf.tidy(() =>
      classify(this.backbone, this.classifier)(this.operations, featureMap, classes).reshape<Tensor2D>([-1, classes]),
    );
  }

  dispose(): void {
    for (const { filter, bias } of this.affine.values()) tf.dispose([filter, bias]);
    tf.dispose([...this.others.values()]);
    this.affine.clear();
    this.others.clear();
    for (const compiled of this.compiled.values()) compiled.dispose();
    this.compiled.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function held<T>(from: ReadonlyMap<string, T>, name: string, parameter: string): T {
  const found = from.get(name);
  if (found === undefined) throw missingParameter(parameter);
  return found;
}

function isAffine({ weight: { kind } }: Layer): boolean {
  return kind === 'conv.weight' || kind === 'depthwise.weight' || kind === 'linear.weight';
}

function fold(layer: Layer, parameters: NamedArrays): Affine {
  const { filter, bias } = foldedLayer(layer, parameters);
  return {
    filter: toTensor(layer.weight, { shape: layer.weight.shape, data: filter }),
    bias: tf.tensor1d(bias, 'float32'),
  };
}
