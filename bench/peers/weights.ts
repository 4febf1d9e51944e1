/** The weights both sides of a measurement start from, as one safetensors file in the network's own names. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backbone, NamedArray, NamedArrays } from '../../learning/backbones/index.js';
import { formulaParameters, resolveWeights } from '../../learning/weights/index.js';
import { writeSafetensors } from '../../learning/arrays/safetensors.js';
import { defaultHome } from '../../infra/stack.js';
import { sharedData } from '../../test/fixtures/sharedData.js';
import { peersFolder } from './environment.js';

/** Real weights among the shared data, of networks whose published ones no registry delivers. */
const shared: Readonly<Record<string, string>> = { vit_small_patch14_dinov2: 'vit_small_patch14_dinov2.saliency' };

/** Real weights, where a package registry or the shared data have them. */
export async function realWeights(backbone: Backbone): Promise<NamedArrays | undefined> {
  const name = shared[backbone.name];
  const file = name && sharedData(`weights/${name}.safetensors`);
  const isHere = file !== undefined && existsSync(file);
  if (backbone.packaged === undefined && !isHere) return undefined;
  const { parameters } = await resolveWeights({ backbone, home: defaultHome(), source: isHere ? file : undefined });
  return parameters;
}

/** The same, or computed ones, which cost as much and mean nothing. */
export async function weightsOf(backbone: Backbone): Promise<NamedArrays> {
  const real = await realWeights(backbone);
  return real ?? new Map([...formulaParameters(backbone)].map(([name, array]) => [name, calmed(name, array)]));
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
