/** The low-rank adapters of a stage: what it begins with, and how they go into a computation. */
import type { StagePlan } from '../../../contracts/spec/plan.js';
import {
  adapterScale,
  adaptersOf,
  initialAdapters,
  mergedAdapters,
  type Adapter,
  type Backbone,
  type NamedArrays,
  type NamedTensors,
} from '../../backbones/index.js';
import { tf, type Tensor } from '../../tensorflow.js';
import type { StageInput } from './stageInput.js';

/** What a step with adapters has of them; undefined without. */
export interface StageAdapters {
  readonly adapters: readonly Adapter[];
  /** Of their product. */
  readonly scale: number;
}

export function adaptersOfStage(stage: StagePlan, backbone: Backbone): StageAdapters | undefined {
  if (stage.kind === 'head') return undefined;
  const { adapted, training } = stage;
  const { adapter } = training;
  if (adapted === undefined || adapter === undefined) return undefined;
  return { adapters: adaptersOf(backbone, adapted, adapter.rank), scale: adapterScale(adapter) };
}

/** The parameters that a stage begins with: with adapters, their own as well, drawn from its seed and its name. */
export function withInitialAdapters<I extends Pick<StageInput, 'stage' | 'backbone' | 'parameters' | 'seed'>>(
  input: I,
): I {
  const { stage, backbone, parameters, seed } = input;
  const own = adaptersOfStage(stage, backbone);
  if (own === undefined) return input;
  return { ...input, parameters: new Map([...parameters, ...initialAdapters(own.adapters, seed, stage.name)]) };
}

/** The tensors that a step trains, as the network takes them: B times the scale. Differentiable. */
export function scaledAdapters(trained: NamedTensors, { adapters, scale }: StageAdapters): NamedTensors {
  const scaled = adapters.map(({ up: { name } }) => [name, tf.mul(trained[name] as Tensor, scale)] as const);
  return { ...trained, ...Object.fromEntries(scaled) };
}

/** A network with what a stage has handed on: its adapters merged, other parameters in the place of the network's own. Pure. */
export function withTrained(network: NamedArrays, stage: StagePlan, handedOn: NamedArrays): NamedArrays {
  const adapter = stage.kind === 'fineTune' ? stage.training.adapter : undefined;
  return mergedAdapters(network, handedOn, adapter === undefined ? 1 : adapterScale(adapter));
}
