/**
 * Networks that end before their last stage, `efficientnet_lite0:blocks.5`: the head is attached where features serve the task
 * best, which far from ImageNet need not be the end (Yosinski et al. 2014).
 */
import { GraftworkError } from '../../contracts/errors.js';
import type { Pooling } from '../../contracts/spec/sources/pooling.js';
import { pooledLinear, type Backbone } from './backbone.js';
import { activationShape } from './declare.js';
import type { Stage } from './operations.js';
import { attachedHead } from './pooledAs.js';
import { stageIndex } from './stageIndex.js';

const separator = ':';

/**
 * The name of the network that ends with a stage; the whole one's own where that is the last stage.
 * @param stages names of all its stages
 */
export function endingAt(name: string, stages: readonly string[], stage: string): string {
  return stages.at(-1) === stage ? name : `${name}${separator}${stage}`;
}

/**
 * The name of a network whose features are pooled so, and whose stages end where they did.
 * @param pooling undefined: as its name says
 */
export function endingWith(text: string, pooling: Pooling | undefined): string {
  if (pooling === undefined) return text;
  const { name, endings } = parseEndings(text);
  return [name, pooling, ...endings].join(separator);
}

/** A network's name, and what stands behind it: how its features are pooled, the stage it is to end with. */
export function parseEndings(text: string): { name: string; endings: string[] } {
  const [name = '', ...endings] = text.split(separator);
  return { name, endings };
}

/** A stage that ends with what a head sees of it. */
function pooling(stage: Stage): Stage {
  if (stage.pool === undefined) return stage;
  return { name: stage.name, run: (ops, x) => stage.pool!(ops, stage.run(ops, x)) };
}

/** The network that published weights are for: itself, unless it is a part of another one. */
export function wholeOf(backbone: Backbone): Backbone {
  return backbone.whole === undefined ? backbone : wholeOf(backbone.whole);
}

/**
 * The network up to and including a stage, with the same weights and input; a head sees that stage's channels.
 *
 * @throws GW_STAGE_UNKNOWN for a stage it does not have, GW_SPEC_INVALID for the first one: nothing would be left to unfreeze
 */
export function truncated(whole: Backbone, stage: string): Backbone {
  const end = stageIndex(whole, stage) + 1;
  if (end === whole.stages.length) return whole;
  const stages = [...whole.stages.slice(0, end - 1), pooling(whole.stages[end - 1] as Stage)];
  if (end === 1) {
    const names = whole.stages.slice(1).map(({ name }) => name);
    throw new GraftworkError('GW_SPEC_INVALID', `${whole.name} cannot end with its first stage, ${stage}.`, {
      remedy: `Choose one of ${names.join(', ')} as its last stage.`,
    });
  }
  const has = (name: string): boolean => stages.some((one) => one.name === name);
  const usual = whole.defaultUnfreeze.filter(has);
  return {
    ...whole,
    whole,
    name: `${whole.name}${separator}${stage}`,
    stages,
    featureSize: activationShape({ ...whole, stages }, stage).c,
    classifierName: attachedHead,
    classify: pooledLinear(attachedHead),
    defaultUnfreeze: usual.length > 0 ? usual : [stage],
    lastStage: has(whole.lastStage) ? whole.lastStage : stage,
    pooling: { usual: whole.pooling?.usual ?? 'mean', others: {} },
    imagenetTop1: undefined,
    parameterCount: undefined,
    torchvision: undefined,
    timm: 'timm has no networks that end before their last stage',
    reference: {
      ...whole.reference,
      taps: Object.fromEntries(Object.entries(whole.reference.taps).filter(([, name]) => has(name))),
    },
  };
}
