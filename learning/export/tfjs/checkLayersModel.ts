import type { LayersModelJson } from './layersModel.js';

/**
 * Whether a layers model is whole: every layer's inputs come before it, the weights' names belong to layers, and the files
 * hold exactly the bytes the weights' shapes ask for.
 * @param sizes bytes of each file beside `model.json`
 * @returns what is wrong with it; undefined: nothing
 */
export function faultOfLayersModel(
  { modelTopology, weightsManifest }: LayersModelJson,
  sizes: ReadonlyMap<string, number>,
): string | undefined {
  const { layers, output_layers } = modelTopology.model_config.config;
  const known = new Set<string>();
  for (const { name, inbound_nodes } of layers) {
    const missing = inbound_nodes.flat().find(([from]) => !known.has(from));
    if (missing !== undefined) return `layer '${name}' needs '${missing[0]}', which is not before it`;
    if (known.has(name)) return `two layers are called '${name}'`;
    known.add(name);
  }
  const absent = output_layers.find(([name]) => !known.has(name));
  if (absent !== undefined) return `there is no layer '${absent[0]}' to give the output`;
  const [{ paths, weights }] = weightsManifest;
  const stray = weights.find(({ name }) => !known.has(name.slice(0, name.lastIndexOf('/'))));
  if (stray !== undefined) return `the weight '${stray.name}' belongs to no layer`;
  const expected = weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 4), 0);
  const there = paths.reduce((sum, path) => sum + (sizes.get(path) ?? Number.NaN), 0);
  return there === expected ? undefined : `its files hold ${there} bytes of weights, not ${expected}`;
}
