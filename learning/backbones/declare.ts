/**
 * Running a backbone on shapes: which parameters it has, under which names and shapes, and what every stage
 * gives. The definition is traced, so nothing about a network is written down twice.
 */
import { pooledLinear, type Backbone } from './backbone.js';
import { classifierStage, Declaration, type Layer, type ParameterSpec } from './declaration.js';
import type { Shape } from './shapes.js';
import { stageIndex } from './stageIndex.js';

/**
 * `'own'`: the classifier as the architecture has it. `'linear'`: global average pooling and one linear layer, what
 * transfer learning puts in its place. They differ only where the architecture's is something else (SqueezeNet).
 */
export type Classifier = 'own' | 'linear';

/**
 * Every layer of a backbone, in the order it is used, the classifier's last.
 * @param classes outputs of the classifier. @default 1000 (ImageNet)
 */
export function declareLayers(backbone: Backbone, classes = 1000, classifier: Classifier = 'linear'): Layer[] {
  const { size } = backbone.input;
  let x: Shape = { h: size, w: size, c: 3 };
  const layers: Layer[] = [];
  for (const stage of backbone.stages) {
    const declaration = new Declaration(stage.name);
    x = stage.run(declaration, x);
    layers.push(...declaration.layers);
  }
  const declaration = new Declaration(classifierStage);
  classify(backbone, classifier)(declaration, x, classes);
  return [...layers, ...declaration.layers];
}

/** The classifier on the last feature map. */
export function classify(backbone: Backbone, classifier: Classifier): Backbone['classify'] {
  return classifier === 'own' ? backbone.classify : pooledLinear(backbone.classifierName);
}

/**
 * The classifier that parameters hold, and how many classes it distinguishes; undefined where they hold none.
 * A new head is always linear, [classes, features]; a classifier of another kind is the architecture's own.
 */
export function classifierIn(
  backbone: Backbone,
  parameters: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): { classes: number | undefined; classifier: Classifier } {
  const { classifierName, furtherClassifier } = backbone;
  const shape = parameters.get(`${classifierName}.weight`)?.shape;
  const isOwn = furtherClassifier !== undefined && parameters.has(`${furtherClassifier}.weight`);
  return { classes: shape?.[0], classifier: shape?.length === 2 && !isOwn ? 'linear' : 'own' };
}

/** Every parameter of a backbone, in the order of `declareLayers`. */
export function declareParameters(
  backbone: Backbone,
  classes = 1000,
  classifier: Classifier = 'linear',
): ParameterSpec[] {
  return declareLayers(backbone, classes, classifier).flatMap((layer) => layer.parameters);
}

/** Parameters of the stages alone: what transfer learning needs from a weights file. */
export function featureParameters(backbone: Backbone): ParameterSpec[] {
  return declareParameters(backbone).filter((spec) => spec.stage !== classifierStage);
}

/** Whether it has learned tokens or positions, as transformers do. */
export function hasPositions(backbone: Backbone): boolean {
  return featureParameters(backbone).some(({ kind }) => kind === 'tokens');
}

/**
 * Shape of one example's activation after a stage.
 * @param size edge of the square input, pixels. @default the backbone's own
 * @throws GW_STAGE_UNKNOWN
 */
export function activationShape(backbone: Backbone, afterStage: string, size = backbone.input.size): Shape {
  const declaration = new Declaration(afterStage);
  return backbone.stages
    .slice(0, stageIndex(backbone, afterStage) + 1)
    .reduce<Shape>((x, stage) => stage.run(declaration, x), { h: size, w: size, c: 3 });
}
