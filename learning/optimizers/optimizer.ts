import type { OptimizerSpec } from '../../contracts/spec/optimizerSpec.js';
import { toArray, toTensor, type NamedArray, type NamedArrays, type ParameterSpec } from '../backbones/index.js';
import { tf, type Tensor, type Tensor1D } from '../tensorflow.js';
import type { ParameterGroup } from './parameterGroups.js';
import type { UpdateRule } from './rule.js';
import { ruleFor } from './rules.js';

/**
 * Named parameters, the optimizer's state of each, and the step that moves both.
 *
 * A group's parameters and slots lie end to end in one vector each: an update is then a dozen operations in all instead
 * of a dozen per parameter, which for EfficientNet-Lite0's 104 trainable tensors halves its time (22 against 50 ms).
 * Owns its tensors: call `dispose`, or declare it with `using`.
 */
export class Optimizer {
  private readonly rule: UpdateRule;
  private readonly groups: GroupState[];
  private named: Record<string, Tensor> = {};

  /**
   * @param parameters in torch order, at least those of the groups
   * @param state as `state` gave it. @default the beginning: zeros
   */
  constructor(
    private readonly spec: OptimizerSpec,
    groups: readonly ParameterGroup[],
    parameters: NamedArrays,
    state: NamedArrays | undefined,
  ) {
    this.rule = ruleFor(spec);
    this.groups = groups.map((group) => {
      const { vector, shapes } = pack(group.specs, (name) => parameters.get(name));
      const slots = this.rule.slots.map((slot) =>
        state ? pack(group.specs, (name) => state.get(slotName(slot, name))).vector : tf.zerosLike(vector),
      );
      return { group, shapes, vector, slots };
    });
    this.unpackParameters();
  }

  /** The current parameters by torch name, in TensorFlow's order. They live until the next step. */
  get parameters(): Readonly<Record<string, Tensor>> {
    return this.named;
  }

  /**
   * Move every parameter along its gradient.
   * @param gradients by the parameters' names; the caller disposes of them
   * @param rate learning rate before the groups' factors
   * @param step counted from 1
   */
  step(gradients: Readonly<Record<string, Tensor>>, rate: number, step: number): void {
    for (const state of this.groups) {
      const { group } = state;
      const settings = {
        rate: rate * group.rateFactor,
        weightDecay: group.decayed ? this.spec.weightDecay : 0,
        step,
      };
      const [vector, ...slots] = tf.tidy((): [Tensor1D, ...Tensor1D[]] => {
        const gradient = concatenate(group.specs.map(({ name }) => required(gradients[name], name)));
        const updated = this.rule.update(state.vector, gradient, state.slots, settings);
        return [updated.parameters, ...updated.slots];
      });
      tf.dispose([state.vector, ...state.slots]);
      state.vector = vector;
      state.slots = slots;
    }
    this.unpackParameters();
  }

  /** Copies of what the optimizer remembers, in torch order, under `<parameter>/<slot>`. */
  async state(): Promise<NamedArrays> {
    const arrays = new Map<string, NamedArray>();
    for (const { group, shapes, slots } of this.groups) {
      for (const [index, slot] of this.rule.slots.entries()) {
        const tensors = unpack(group.specs, shapes, required(slots[index], slot));
        try {
          for (const spec of group.specs) {
            arrays.set(slotName(slot, spec.name), await toArray(spec, required(tensors[spec.name], spec.name)));
          }
        } finally {
          tf.dispose(tensors);
        }
      }
    }
    return arrays;
  }

  dispose(): void {
    tf.dispose(this.named);
    for (const { vector, slots } of this.groups) tf.dispose([vector, ...slots]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private unpackParameters(): void {
    tf.dispose(this.named);
    this.named = Object.assign(
      {},
      ...this.groups.map(({ group, shapes, vector }) => unpack(group.specs, shapes, vector)),
    ) as Record<string, Tensor>;
  }
}

interface GroupState {
  readonly group: ParameterGroup;
  /** Of each parameter, in TensorFlow's order. */
  readonly shapes: readonly (readonly number[])[];
  vector: Tensor1D;
  slots: Tensor1D[];
}

function slotName(slot: string, parameter: string): string {
  return `${parameter}/${slot}`;
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`no state under the name ${name}`);
  return value;
}

function concatenate(tensors: readonly Tensor[]): Tensor1D {
  return tf.concat(tensors.map((tensor) => tensor.flatten()));
}

/** Arrays in torch order as one vector, each part in TensorFlow's order. */
function pack(
  specs: readonly ParameterSpec[],
  array: (name: string) => NamedArray | undefined,
): { vector: Tensor1D; shapes: number[][] } {
  const tensors = specs.map((spec) => toTensor(spec, required(array(spec.name), spec.name)));
  const vector = tf.tidy(() => concatenate(tensors));
  tf.dispose(tensors);
  return { vector, shapes: tensors.map(({ shape }) => shape) };
}

function unpack(
  specs: readonly ParameterSpec[],
  shapes: readonly (readonly number[])[],
  vector: Tensor1D,
): Record<string, Tensor> {
  return tf.tidy(() => {
    const sizes = shapes.map((shape) => shape.reduce((product, edge) => product * edge, 1));
    const parts = tf.split(vector, sizes);
    return Object.fromEntries(
      specs.map(({ name }, index) => [name, required(parts[index], name).reshape([...required(shapes[index], name)])]),
    );
  });
}
