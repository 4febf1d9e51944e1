/** A finished network as every format is written from: its definition, its parameters, the side of its input. */
import { GraftworkError } from '../../contracts/errors.js';
import {
  classifierIn,
  classify,
  declareLayers,
  foldedLayer,
  type Backbone,
  type Classifier,
  type FoldedLayer,
  type Layer,
  type NamedArrays,
  type Operations,
} from '../backbones/architecture.js';
import { distanceLayer, type DistanceLayer } from '../metrics/trust/likeness.js';

/** What a network gives by some execution of its operations. */
export interface NetworkOutputs<T> {
  logits: T;
  /** Pooled features, which the distances to the class means are computed of. */
  features: T;
}

export class ExportedNetwork {
  readonly backbone: Backbone;
  readonly classes: number;
  /** Distances of features of length 1 to the class means; undefined where the model has none. */
  readonly distances: DistanceLayer | undefined;
  private readonly classifier: Classifier;
  private readonly layers: ReadonlyMap<string, Layer>;

  /**
   * @param parameters the whole model in torch order: every stage and the classifier
   * @param size edge of the square input, pixels
   * @param means of the classes' features, row-major; left out: the model does not know what is unlike its training pictures
   * @throws GW_WEIGHTS_MISMATCH when a parameter is missing or has another shape
   */
  constructor(
    backbone: Backbone,
    readonly parameters: NamedArrays,
    size: number,
    means?: Float32Array,
  ) {
    this.distances = means && distanceLayer(means, backbone.featureSize);
    this.backbone = { ...backbone, input: { ...backbone.input, size } };
    const { classes, classifier } = classifierIn(backbone, parameters);
    if (classes === undefined) throw mismatch(`the parameter '${backbone.classifierName}.weight' is missing`);
    this.classes = classes;
    this.classifier = classifier;
    const layers = declareLayers(this.backbone, classes, classifier);
    for (const { name, shape } of layers.flatMap((layer) => layer.parameters)) {
      const there = parameters.get(name);
      if (!there) throw mismatch(`the parameter '${name}' is missing`);
      if (there.shape.join() !== shape.join()) {
        throw mismatch(
          `'${name}' has the shape [${there.shape.join(', ')}], but ${backbone.name} needs [${shape.join(', ')}]`,
        );
      }
    }
    this.layers = new Map(layers.map((layer) => [layer.name, layer]));
  }

  /** Edge of the square input, pixels. */
  get size(): number {
    return this.backbone.input.size;
  }

  /** Filter and bias of a convolution or linear layer in torch order, batch normalisation folded in. */
  folded(name: string): FoldedLayer {
    return foldedLayer(this.layers.get(name)!, this.parameters);
  }

  /** The whole network on a picture, by any execution of its operations. */
  run<T>(operations: Operations<T>, picture: T): NetworkOutputs<T> {
    const featureMap = this.backbone.stages.reduce((x, stage) => stage.run(operations, x), picture);
    const features = operations.globalAveragePool(featureMap);
    // A new head pools as well, which leaves what is pooled already as it is.
    const seen = this.classifier === 'linear' ? features : featureMap;
    return { features, logits: classify(this.backbone, this.classifier)(operations, seen, this.classes) };
  }
}

function mismatch(reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_MISMATCH', `The model's parameters do not match its network: ${reason}.`, {
    remedy: 'Train the model again with the spec in its card.',
  });
}
