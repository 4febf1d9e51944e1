import type { ParameterSpec } from '../backbones/index.js';

/** Parameters that are updated alike, and so can be updated as one vector. */
export interface ParameterGroup {
  readonly specs: readonly ParameterSpec[];
  /** Share of the stage's learning rate. */
  readonly rateFactor: number;
  /** Whether weight decay acts on them. */
  readonly decayed: boolean;
}

/**
 * Group parameters by rate and by whether weight decay acts on them: on the weights of convolutions and linear layers,
 * not on biases or on γ and β of batch normalisation, which are no capacity to be held down (as timm and nanoGPT do).
 * The order of the groups, and within a group, is that of the parameters.
 * @param rateFactor of a parameter
 */
export function parameterGroups(
  specs: readonly ParameterSpec[],
  rateFactor: (spec: ParameterSpec) => number,
): ParameterGroup[] {
  const groups = new Map<string, { specs: ParameterSpec[]; rateFactor: number; decayed: boolean }>();
  for (const spec of specs) {
    const decayed = isDecayed(spec);
    const factor = rateFactor(spec);
    const key = `${factor}/${decayed}`;
    const group = groups.get(key) ?? { specs: [], rateFactor: factor, decayed };
    group.specs.push(spec);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function isDecayed({ kind }: ParameterSpec): boolean {
  return kind === 'conv.weight' || kind === 'depthwise.weight' || kind === 'linear.weight';
}
