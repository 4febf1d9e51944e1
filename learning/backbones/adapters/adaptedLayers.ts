/** From the words of a spec for what has an adapter (`qkv`, `all-linear`) to layers. Pure. */
import { allLinear, type AdapterSpec } from '../../../contracts/spec/stages/adapterSpec.js';
import { GraftworkError } from '../../../contracts/errors.js';
import type { Backbone } from '../backbone.js';
import { classifierStage, type Layer } from '../declaration.js';
import { declareLayers } from '../declare.js';
import { didYouMean } from '../didYouMean.js';
import type { Unfrozen } from '../unfreeze.js';

export interface AdaptedLayers {
  /** Stages with an adapter, in order. Never empty. */
  readonly stages: readonly string[];
  /** Torch names of the layers with an adapter, in order. Never empty. */
  readonly adapted: readonly string[];
}

/** The linear layers of attention: its projections, in and out. */
const attention = ['qkv', 'proj'];

/**
 * The linear layers that have an adapter, of those that a step unfreezes.
 * @throws GW_SPEC_INVALID for a network without linear layers, for a target that names none, and when none of them is unfrozen
 */
export function adaptedLayers(backbone: Backbone, trains: Unfrozen, { targets }: AdapterSpec): AdaptedLayers {
  const linear = declareLayers(backbone).filter(isLinear);
  if (linear.length === 0) throw withoutLinear(backbone.name);
  const meant = targets === undefined ? usual(linear) : targeted(backbone.name, linear, targets);
  const stages = new Set(trains.stages);
  const parameters = trains.parameters && new Set(trains.parameters);
  const chosen = meant.filter(({ stage, weight }) => stages.has(stage) && (parameters?.has(weight.name) ?? true));
  if (chosen.length === 0) throw allFrozen(backbone.name, meant);
  const adapted = new Set(chosen.map(({ stage }) => stage));
  return { stages: trains.stages.filter((stage) => adapted.has(stage)), adapted: chosen.map(({ name }) => name) };
}

/** The same at every position, as `dense` runs it: not a layer that flattens a map, as VGG's. */
function isLinear({ stage, weight }: Layer): boolean {
  return stage !== classifierStage && weight.kind === 'linear.weight' && weight.flattens === undefined;
}

function usual(linear: readonly Layer[]): readonly Layer[] {
  const attending = linear.filter((layer) => attention.some((target) => isNamed(layer, target)));
  return attending.length > 0 ? attending : linear;
}

function targeted(name: string, linear: readonly Layer[], targets: string | readonly string[]): readonly Layer[] {
  const names = typeof targets === 'string' ? [targets] : targets;
  for (const target of names) {
    if (target !== allLinear && !linear.some((layer) => isNamed(layer, target))) throw unknown(name, linear, target);
  }
  return linear.filter((layer) => names.some((target) => target === allLinear || isNamed(layer, target)));
}

const isNamed = ({ name }: Layer, target: string): boolean => name === target || name.endsWith(`.${target}`);

const ends = (layers: readonly Layer[]): string[] => [
  ...new Set(layers.map(({ name }) => name.split('.').at(-1) ?? '')),
];

function withoutLinear(name: string): GraftworkError {
  return new GraftworkError('GW_SPEC_INVALID', `fineTune.adapter: ${name} has no linear layers for adapters.`, {
    remedy:
      'Leave out adapter, or use a vision transformer or ConvNeXt, such as vit_small_patch14_dinov2 or convnext_tiny.',
  });
}

function unknown(name: string, linear: readonly Layer[], target: string): GraftworkError {
  const known = ends(linear);
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `fineTune.adapter.targets: ${name} has no linear layer named '${target}'.`,
    {
      remedy: `${didYouMean(target, known)}Its linear layers: ${known.join(', ')}; or ${allLinear}.`,
    },
  );
}

function allFrozen(name: string, meant: readonly Layer[]): GraftworkError {
  const stages = [...new Set(meant.map(({ stage }) => stage))];
  return new GraftworkError(
    'GW_SPEC_INVALID',
    `fineTune.adapter: what unfreeze names in ${name} has none of the layers ${ends(meant).join(', ')}.`,
    { remedy: `Unfreeze a stage that has them: ${stages.join(', ')}.` },
  );
}
