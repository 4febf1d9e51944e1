/** From a spec's words for what is to train (`default`, `layer4`, `features.24-30`) to stages and parameters. Pure. */
import { GraftworkError } from '../../contracts/errors.js';
import type { FineTuneSpec } from '../../contracts/spec/stages/stageSpec.js';
import type { Backbone } from './backbone.js';
import { classifierStage, isTrainable } from './declaration.js';
import { declareParameters } from './declare.js';
import { didYouMean } from './didYouMean.js';
import { parameterPattern } from './parameterPattern.js';

export interface Unfrozen {
  /** Stages of the backbone that train, wholly or in part, in order. Never empty. */
  readonly stages: readonly string[];
  /** Torch names of the backbone's parameters that train, in order; undefined: all the trainable ones of `stages`. */
  readonly parameters: readonly string[] | undefined;
}

/**
 * What `unfreeze` names. Stages mean everything from the lowest of them up, as "unfreeze from layer3" does; modules, parameters
 * and patterns mean just what they match, and both may stand in one list.
 * @throws GW_STAGE_UNKNOWN for a name or pattern that matches nothing, with the nearest names that would; GW_SPEC_INVALID for
 * one that matches only what never trains, or always does
 */
export function unfrozen(backbone: Backbone, unfreeze: FineTuneSpec['unfreeze']): Unfrozen {
  const names = backbone.stages.map(({ name }) => name);
  const entries = spelledOut(backbone, unfreeze);
  const firsts = entries.flatMap((entry) => (names.includes(entry) ? [names.indexOf(entry)] : []));
  const suffix = new Set(firsts.length === 0 ? [] : names.slice(Math.min(...firsts)));
  const patterns = entries.filter((entry) => !names.includes(entry));
  if (patterns.length === 0) return { stages: [...suffix], parameters: undefined };

  const matches = patterns.map((pattern) => matching(backbone, pattern));
  const body = declareParameters(backbone).filter((spec) => spec.stage !== classifierStage && isTrainable(spec));
  const chosen = body.filter(({ name, stage }) => suffix.has(stage) || matches.some((matched) => matched.has(name)));
  const touched = new Set(chosen.map(({ stage }) => stage));
  const whole = body.filter(({ stage }) => touched.has(stage)).length === chosen.length;
  return {
    stages: names.filter((name) => touched.has(name)),
    parameters: whole ? undefined : chosen.map(({ name }) => name),
  };
}

/** Every entry a stage, module, parameter or pattern. */
function spelledOut({ defaultUnfreeze, lastStage, stages }: Backbone, unfreeze: FineTuneSpec['unfreeze']): string[] {
  const entries = typeof unfreeze === 'string' ? [unfreeze] : unfreeze;
  return entries.flatMap((entry) => {
    switch (entry) {
      case 'default':
        return [...defaultUnfreeze];
      case 'last':
        return [lastStage];
      case 'half':
        return stages.slice(Math.ceil(stages.length / 2)).map(({ name }) => name);
      case 'all':
        return stages.slice(1).map(({ name }) => name);
      default:
        return [entry];
    }
  });
}

/** Trainable parameters of the backbone that a pattern matches. */
function matching(backbone: Backbone, pattern: string): ReadonlySet<string> {
  const specs = declareParameters(backbone);
  const isMeant = parameterPattern(pattern);
  const matched = specs.filter(({ name }) => isMeant(name));
  const trainable = matched.filter((spec) => spec.stage !== classifierStage && isTrainable(spec));
  if (trainable.length > 0) return new Set(trainable.map(({ name }) => name));
  const stages = backbone.stages.map(({ name }) => name);
  if (matched.length > 0) {
    const why = matched.every(({ stage }) => stage === classifierStage)
      ? 'the classifier, which is replaced and always trains'
      : 'statistics of batch normalisation, which never train';
    throw new GraftworkError('GW_SPEC_INVALID', `fineTune.unfreeze: '${pattern}' matches only ${why}.`, {
      remedy: `Name a part of the backbone. Stages of ${backbone.name}: ${stages.join(', ')}.`,
    });
  }
  const plain = pattern.replace(/[*?]/g, '').replace(/\.$/, '');
  throw new GraftworkError(
    'GW_STAGE_UNKNOWN',
    `${backbone.name} has no stage, module or parameter named '${pattern}'.`,
    {
      remedy: `${didYouMean(plain, [...new Set([...stages, ...modulesOf(specs.map(({ name }) => name))])])}Stages: ${stages.join(', ')}.`,
    },
  );
}

/** Every module on the way to a parameter, and the parameter: `layer4`, `layer4.0`, `layer4.0.conv1`, … */
function modulesOf(parameters: readonly string[]): string[] {
  return parameters.flatMap((name) => {
    const parts = name.split('.');
    return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
  });
}
