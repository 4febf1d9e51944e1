/** What a repository's `config.json` says of a network. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Pooling } from '../../contracts/spec/sources/pooling.js';
import {
  backboneNames,
  featureParameters,
  getBackbone,
  type Backbone,
  type InputSpec,
} from '../backbones/architecture.js';
import { notCovered } from './refusals.js';

export interface Configuration {
  backbone: Backbone;
  input: InputSpec;
  /** undefined: it does not say. */
  pooling: Pooling | undefined;
  /** As the repository writes it; undefined: it does not say. */
  licence: string | undefined;
  /** Classes of its classifier; 0: it has none, or does not say. */
  labels: number;
}

export const sideSchema = z.number().int().min(1).max(4096);
const channelsSchema = z.tuple([z.number(), z.number(), z.number()]);
export const meanSchema = channelsSchema;
export const deviationSchema = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]);
export const labelsSchema = z.number().int().min(0).max(1_000_000);

/**
 * The network that timm calls so.
 * @param modelArguments what the configuration gives `timm.create_model` besides what is no part of the arithmetic
 * @throws GraftworkError GW_BACKBONE_UNKNOWN
 */
export function networkOfTimm(
  architecture: string,
  modelArguments: Readonly<Record<string, unknown>>,
  source: string,
): Backbone {
  const named = backboneNames()
    .map(getBackbone)
    .flatMap(({ name, timm }) =>
      typeof timm !== 'string' && timm.architecture === architecture ? [{ name, timm }] : [],
    );
  if (named.length === 0) throw notCovered(source, `there is no network '${architecture}' here`);
  const found = named.find(({ timm }) => sameArguments(timm.modelArguments, modelArguments));
  if (found !== undefined) return getBackbone(found.name);
  const [key = ''] = Object.keys(modelArguments);
  throw notCovered(source, `'${architecture}' with ${key} ${JSON.stringify(modelArguments[key])} is another network`);
}

/**
 * The network of the zoo that has its weights from this very repository, where it is of the same shape: its file may say less than
 * is known of it, as of CLIP's activation.
 */
export function networkFrom(repository: string, found: Backbone): Backbone {
  const published = backboneNames()
    .map(getBackbone)
    .find(({ weights }) => weights === `hf:${repository}`);
  return published !== undefined && isDeepStrictEqual(shapesOf(published), shapesOf(found)) ? published : found;
}

const shapesOf = (backbone: Backbone) => featureParameters(backbone).map(({ name, shape }) => [name, shape]);

/** @throws GraftworkError GW_BACKBONE_UNKNOWN for a pooling that the network has not */
export function requirePooling({ name, pooling: own }: Backbone, pooling: Pooling | undefined, source: string): void {
  const has = [own?.usual ?? 'mean', ...Object.keys(own?.others ?? {})];
  if (pooling === undefined || has.includes(pooling)) return;
  throw notCovered(source, `there are no features of ${name} of the kind '${pooling}' here`);
}

function sameArguments(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
