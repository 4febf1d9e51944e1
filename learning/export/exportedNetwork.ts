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

export class ExportedNetwork {
  readonly backbone: Backbone;
  readonly classes: number;
  private readonly classifier: Classifier;
  private readonly layers: ReadonlyMap<string, Layer>;

  /**
   * @param parameters the whole model in torch order: every stage and the classifier
   * @param size edge of the square input, pixels
   * @throws GW_WEIGHTS_MISMATCH when a parameter is missing or has another shape
   */
  constructor(
    backbone: Backbone,
    readonly parameters: NamedArrays,
    size: number,
  ) {
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

  /** The whole network, from the picture to the logits, by any execution of its operations. */
  run<T>(operations: Operations<T>, picture: T): T {
    const featureMap = this.backbone.stages.reduce((x, stage) => stage.run(operations, x), picture);
    return classify(this.backbone, this.classifier)(operations, featureMap, this.classes);
  }
}

function mismatch(reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_MISMATCH', `The model's parameters do not match its network: ${reason}.`, {
    remedy: 'Train the model again with the spec in its card.',
  });
}
