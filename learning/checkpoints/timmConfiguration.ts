/** `config.json` as timm writes it (`timm/models/_hub.py`): architecture, arguments, and how pictures are prepared. */
import { z } from 'zod';
import type { Pooling } from '../../contracts/spec/sources/pooling.js';
import { activationShape, type Backbone, type InputSpec } from '../backbones/architecture.js';
import {
  deviationSchema,
  labelsSchema,
  meanSchema,
  networkOfTimm,
  sideSchema,
  type Configuration,
} from './configuration.js';
import { parseFields } from './jsonFile.js';
import { notCovered, otherThanSaid } from './refusals.js';

const configSchema = z.looseObject({
  architecture: z.string().min(1),
  num_classes: labelsSchema.optional(),
  num_features: z.number().int().positive().optional(),
  global_pool: z.string().optional(),
  model_args: z.record(z.string(), z.unknown()).optional(),
});

const pretrainedSchema = z.looseObject({
  input_size: z.tuple([z.literal(3), sideSchema, sideSchema]),
  interpolation: z.string(),
  crop_pct: z.number().gt(0).max(1),
  crop_mode: z.string().default('center'),
  mean: meanSchema,
  std: deviationSchema,
  num_classes: labelsSchema.optional(),
  license: z.string().nullish(),
});

/** Arguments that say nothing which the rest of the file, or the use of the network as it is, does not say. */
const noArithmetic = new Set([
  ...['in_chans', 'num_classes', 'global_pool', 'img_size', 'dynamic_img_size', 'scriptable', 'exportable'],
  ...['drop_rate', 'drop_path_rate', 'pos_drop_rate', 'proj_drop_rate', 'attn_drop_rate', 'patch_drop_rate'],
]);

const poolings: Readonly<Record<string, Pooling>> = { avg: 'mean', token: 'token', map: 'map' };
const fits: Readonly<Record<string, InputSpec['fit']>> = { center: undefined, squash: 'squash', border: 'pad' };

/**
 * @param json the file's content
 * @throws GraftworkError GW_WEIGHTS_REFUSED for a file that is not timm's; GW_BACKBONE_UNKNOWN naming what there is none of here;
 * GW_WEIGHTS_MISMATCH for figures that the network it names does not have
 */
export function timmConfiguration(json: Readonly<Record<string, unknown>>, source: string): Configuration {
  const config = parseFields(configSchema, json, source);
  // Before timm 0.9 the pretrained settings stood among the others.
  const nested = json['pretrained_cfg'];
  const pretrained = parseFields(
    pretrainedSchema,
    nested ?? json,
    source,
    nested === undefined ? '' : 'pretrained_cfg',
  );
  const { architecture, model_args: modelArguments = {} } = config;
  const channels = modelArguments['in_chans'];
  if (channels !== undefined && channels !== 3)
    throw notCovered(source, `its pictures have ${JSON.stringify(channels)} channels`);
  const others = Object.entries(modelArguments).filter(([name]) => !noArithmetic.has(name));
  const backbone = networkOfTimm(architecture, Object.fromEntries(others), source);
  requireFeatures(backbone, config.num_features, source);
  return {
    backbone,
    input: inputOf(pretrained, source),
    pooling: poolingOf(config.global_pool, source),
    licence: pretrained.license ?? undefined,
    labels: config.num_classes ?? pretrained.num_classes ?? 0,
  };
}

function inputOf(pretrained: z.infer<typeof pretrainedSchema>, source: string): InputSpec {
  const { input_size, interpolation, crop_pct, crop_mode, mean, std } = pretrained;
  const [, height, width] = input_size;
  if (height !== width) throw notCovered(source, `its input is no square (${height}×${width})`);
  if (interpolation !== 'bicubic' && interpolation !== 'bilinear')
    throw notCovered(source, `there is no interpolation '${interpolation}' here`);
  if (!Object.hasOwn(fits, crop_mode)) throw notCovered(source, `there is no crop_mode '${crop_mode}' here`);
  const fit = fits[crop_mode];
  return {
    ...{ size: height, resize: Math.floor(height / crop_pct), interpolation, mean, std },
    ...(fit === undefined ? {} : { fit }),
  };
}

function poolingOf(globalPool: string | undefined, source: string): Pooling | undefined {
  if (globalPool === undefined) return undefined;
  const pooling = poolings[globalPool];
  if (pooling === undefined) throw notCovered(source, `there is no global_pool '${globalPool}' here`);
  return pooling;
}

/** timm counts the last map's channels, also where layers come between that map and the classifier. */
function requireFeatures(backbone: Backbone, features: number | undefined, source: string): void {
  if (features === undefined || features === backbone.featureSize) return;
  const shapes = backbone.stages.map(({ name }) => activationShape(backbone, name));
  if (features === shapes.findLast(({ h, w }) => h * w > 1)?.c) return;
  throw otherThanSaid(source, `num_features is ${features}, but ${backbone.name} has ${backbone.featureSize}`);
}
