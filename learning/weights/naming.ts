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
import { inTimmNames } from './names/transformers.js';

/**
 * The file's parameters under the definition's names; what is not recognised keeps its name. Of the names that files of this
 * network may have, those that fit most of its parameters are taken: its own, its publisher's, timm's, transformers'.
 */
function renamed(backbone: Backbone, arrays: NamedArrays, source: string): NamedArrays {
  const { fileNames, timm } = backbone;
  const specs = featureParameters(backbone);
  const namings = [fileNames, ...(typeof timm === 'string' || timm.names === fileNames ? [] : [timm.names])];
  const timmNamed = inTimmNames(arrays, source, new Set(specs.map(({ name }) => name)));
  const candidates = [arrays, ...namings.map((names) => underOwnNames(backbone, names, timmNamed))];
  const fitting = candidates.map((named) => specs.filter(({ name }) => named.has(name)).length);
  return candidates[fitting.indexOf(Math.max(...fitting))]!;
}

/** @param names of layers: the name here, and the name in the file */
function underOwnNames(backbone: Backbone, names: ReadonlyMap<string, string>, arrays: NamedArrays): NamedArrays {
  const layers = new Map([...names].map(([here, there]) => [there, here]));
  const linear = new Set(
    declareLayers(backbone).flatMap(({ name, weight }) => (weight.kind === 'linear.weight' ? [name] : [])),
  );
  return new Map(
    [...arrays].map(([name, array]) => {
      const dot = name.lastIndexOf('.');
      const layer = layers.get(name.slice(0, dot));
      if (layer === undefined) return [name, array];
      return [layer + name.slice(dot), linear.has(layer) ? flattened(array) : array];
    }),
  );
}

/**
 * A linear layer that a file has as a convolution: [out, in, height, width] as [out, in·height·width], which is the order torch
 * flattens in.
 */
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
  const named = renamed(backbone, arrays, source);
  const selected = new Map<string, NamedArray>();
  for (const spec of featureParameters(backbone)) {
    const array = named.get(spec.name);
    if (!array) throw missing(backbone, spec, named, source);
    if (!sameShape(array.shape, spec.shape)) throw otherShape(backbone, spec, array, source);
    selected.set(spec.name, shaped(array, spec.shape));
  }
  // The network's own classifier is optional, and may be for any number of classes.
  const classes = named.get(`${backbone.classifierName}.bias`)?.shape[0];
  if (classes === undefined) return selected;
  const classifier = declareParameters(backbone, classes, 'own').filter(({ name }) => !selected.has(name));
  if (!classifier.every(({ name, shape }) => sameShape(named.get(name)?.shape, shape))) return selected;
  for (const { name, shape } of classifier) selected.set(name, shaped(named.get(name)!, shape));
  return selected;
}

/** Whether both hold the same values in the same order: axes of size 1, as of a 1×1 convolution that stands for a layer, are none. */
function sameShape(a: readonly number[] | undefined, b: readonly number[]): boolean {
  if (a === undefined) return false;
  const [sizes, due] = [a, b].map((shape) => shape.filter((size) => size !== 1));
  return sizes!.length === due!.length && due!.every((size, axis) => size === sizes![axis]);
}

const shaped = ({ data }: NamedArray, shape: readonly number[]): NamedArray => ({ shape, data });

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
