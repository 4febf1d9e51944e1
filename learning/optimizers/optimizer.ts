import type { OptimizerSpec } from '../../contracts/spec/stages/optimizerSpec.js';
import { toArray, type NamedArray, type NamedArrays } from '../backbones/index.js';
import { CompiledFunction } from '../graphs/compiledFunction.js';
import type { NamedInputs } from '../graphs/recordedGraph.js';
import { tf, type Scalar, type Tensor, type Tensor1D } from '../tensorflow.js';
import { clippingFactor } from './clipping.js';
import { pack, required, unpack, type Packing } from './packing.js';
import type { ParameterGroup } from './parameterGroups.js';
import type { UpdateRule } from './rule.js';
import { ruleFor } from './rules.js';

export interface OptimizerOptions {
  /** About how many steps there are in all, see `CompiledFunction`. @default 0 */
  steps?: number;
  /** Largest norm of all gradients together. @default none */
  clipNorm?: number | null | undefined;
}

/**
 * Named parameters, the optimizer's state of each, and the step that moves both. A group's parameters and slots lie end to end
 * in one vector each. Owns its tensors: call `dispose`, or declare it with `using`.
 */
export class Optimizer {
  private readonly rule: UpdateRule;
  private readonly groups: GroupState[];
  private readonly update: CompiledFunction;
  private readonly clipNorm: number | null;
  private named: Record<string, Tensor> | undefined;

  /**
   * @param parameters in torch order, at least those of the groups
   * @param state as `state` gave it. @default the beginning: zeros
   */
  constructor(
    private readonly spec: OptimizerSpec,
    groups: readonly ParameterGroup[],
    parameters: NamedArrays,
    state: NamedArrays | undefined,
    { steps = 0, clipNorm = null }: OptimizerOptions = {},
  ) {
    this.rule = ruleFor(spec);
    this.clipNorm = clipNorm;
    this.groups = groups.map((group) => {
      const { vector, packing } = pack(group.specs, (name) => parameters.get(name));
      const slots = this.rule.slots.map((slot) =>
        state ? pack(group.specs, (name) => state.get(slotName(slot, name))).vector : tf.zerosLike(vector),
      );
      return { group, packing, vector, slots };
    });
    this.update = new CompiledFunction(
      (inputs) => this.updated(inputs),
      () => steps,
    );
  }

  /** The current parameters, a vector for each group. They live until the next step. */
  get vectors(): readonly Tensor1D[] {
    return this.groups.map(({ vector }) => vector);
  }

  /** The parameters in such vectors by torch name, in TensorFlow's order; differentiable. */
  unpacked(vectors: readonly Tensor1D[]): Record<string, Tensor> {
    const parts = this.groups.map(({ packing }, index) => unpack(packing, required(vectors[index], `group ${index}`)));
    return Object.assign({}, ...parts) as Record<string, Tensor>;
  }

  /** The current parameters by torch name, in TensorFlow's order. They live until the next step. */
  get parameters(): Readonly<Record<string, Tensor>> {
    this.named ??= tf.tidy(() => {
      const named = this.unpacked(this.vectors);
      for (const tensor of Object.values(named)) tf.keep(tensor);
      return named;
    });
    return this.named;
  }

  /**
   * Move every parameter along its gradient.
   * @param gradients a vector for each group; the caller disposes of them
   * @param rate learning rate before the groups' factors
   * @param step counted from 1
   */
  step(gradients: readonly Tensor1D[], rate: number, step: number): void {
    const numbers: Record<string, Scalar> = {};
    const inputs: Record<string, Tensor> = {};
    for (const [at, { group, vector, slots }] of this.groups.entries()) {
      const settings = { rate: rate * group.rateFactor, weightDecay: this.decayOf(group), step };
      for (const [index, number] of this.rule.numbers(settings).entries()) {
        numbers[`number${at}.${index}`] = tf.scalar(number, 'float32');
      }
      inputs[`parameters${at}`] = vector;
      inputs[`gradients${at}`] = required(gradients[at], `group ${at}`);
      for (const [index, slot] of slots.entries()) inputs[`slot${at}.${index}`] = slot;
    }
    const updated = this.update.run({ ...inputs, ...numbers }) as Tensor1D[];
    tf.dispose(numbers);
    const width = 1 + this.rule.slots.length;
    for (const [at, state] of this.groups.entries()) {
      tf.dispose([state.vector, ...state.slots]);
      const [vector, ...slots] = updated.slice(at * width, (at + 1) * width);
      state.vector = required(vector, `group ${at}`);
      state.slots = slots;
    }
    this.forgetNames();
  }

  /** Copies of what the optimizer remembers, in torch order, under `<parameter>/<slot>`. */
  async state(): Promise<NamedArrays> {
    const arrays = new Map<string, NamedArray>();
    for (const { packing, slots } of this.groups) {
      for (const [index, slot] of this.rule.slots.entries()) {
        const tensors = unpack(packing, required(slots[index], slot));
        try {
          for (const spec of packing.specs) {
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
    this.forgetNames();
    this.update.dispose();
    for (const { vector, slots } of this.groups) tf.dispose([vector, ...slots]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** New parameters and slots of every group, one group after the other. */
  private updated(inputs: NamedInputs): Tensor[] {
    return tf.tidy(() => {
      const of = <T extends Tensor>(name: string): T => required(inputs[name], name) as T;
      const gradients = this.clipped(this.groups.map((_, at) => of<Tensor1D>(`gradients${at}`)));
      return this.groups.flatMap(({ group, slots }, at): Tensor[] => {
        const all = <T extends Tensor>(kind: string): T[] => {
          const names = Object.keys(inputs).filter((name) => name.startsWith(`${kind}${at}.`));
          return names.map((name) => of<T>(name));
        };
        const next = this.rule.update(
          of(`parameters${at}`),
          required(gradients[at], `group ${at}`),
          slots.map((_, index) => of<Tensor1D>(`slot${at}.${index}`)),
          all<Scalar>('number'),
          this.decayOf(group),
        );
        return [next.parameters, ...next.slots];
      });
    });
  }

  private clipped(gradients: readonly Tensor1D[]): readonly Tensor1D[] {
    if (this.clipNorm === null) return gradients;
    const factor = clippingFactor(gradients, this.clipNorm);
    return gradients.map((gradient) => tf.mul<Tensor1D>(gradient, factor));
  }

  private decayOf({ decayed }: ParameterGroup): number {
    return decayed ? this.spec.weightDecay : 0;
  }

  private forgetNames(): void {
    if (this.named !== undefined) tf.dispose(this.named);
    this.named = undefined;
  }
}

interface GroupState {
  readonly group: ParameterGroup;
  readonly packing: Packing;
  vector: Tensor1D;
  slots: Tensor1D[];
}

function slotName(slot: string, parameter: string): string {
  return `${parameter}/${slot}`;
}
