/**
 * Optimizers and their settings. One more optimizer is one more object in the list: what a person may write of it in part, its
 * documentation and its JSON schema are made of that. Its arithmetic is an entry of `learning/optimizers/rules.ts`.
 */
import { z } from 'zod';
import { withoutDefaults } from '../withoutDefaults.js';

/** What of an average each step keeps. All of it would mean that nothing new ever counts. */
const keptShare = z.number().min(0).lt(1);
const decay = z.number().min(0);

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Stochastic gradient descent with momentum. */
    kind: z.literal('sgd'),
    /** Share of the last step's direction that each step keeps. */
    momentum: keptShare.default(0.9),
    /** Whether each step takes the gradient ahead, where momentum leads (Nesterov 1983). */
    nesterov: z.boolean().default(false),
    /** Factor of each parameter that is added to its gradient. */
    weightDecay: decay.default(0),
  }),
  z.strictObject({
    /** Adam with decoupled weight decay (Loshchilov & Hutter 2019). */
    kind: z.literal('adamw'),
    /** Decay of the gradient's running mean. */
    beta1: keptShare.default(0.9),
    /** Decay of the running mean of the squared gradient. */
    beta2: keptShare.default(0.999),
    /** Constant added to the root of the mean squared gradient, so that nothing is divided by zero. */
    epsilon: z.number().positive().default(1e-8),
    /** Share of each parameter, times the rate, that each step subtracts. */
    weightDecay: decay.default(0.01),
  }),
]);
export type OptimizerSpec = z.infer<typeof optimizerSchema>;
export type OptimizerKind = OptimizerSpec['kind'];

type Setting<Spec = OptimizerSpec> = Spec extends unknown ? Exclude<keyof Spec, 'kind'> : never;
type ValueOf<Name extends Setting, Spec = OptimizerSpec> = Spec extends Record<Name, infer Value> ? Value : never;
type Settings = { [Name in Setting]: z.ZodType<ValueOf<Name>, ValueOf<Name>> };

/** The settings of all optimizers, without defaults. One that several have may lie in the range of any. */
function allSettings(): Settings {
  const ranges = new Map<string, Set<z.core.SomeType>>();
  for (const { shape } of optimizerSchema.options) {
    const { kind: _kind, ...settings } = withoutDefaults(shape);
    for (const [name, range] of Object.entries(settings)) {
      ranges.set(name, (ranges.get(name) ?? new Set()).add(range));
    }
  }
  const anyOf = (found: readonly z.core.SomeType[]) => (found.length === 1 ? found[0] : z.union(found));
  return Object.fromEntries([...ranges].map(([name, found]) => [name, anyOf([...found])])) as Settings;
}

const kinds = optimizerSchema.options.map(({ shape }) => shape.kind.value);

/** Some settings of an optimizer. Those of the recipe's own kind need no `kind`. */
export const partialOptimizerSchema = z.strictObject({ kind: z.enum(kinds), ...allSettings() }).partial();
export type PartialOptimizer = z.infer<typeof partialOptimizerSchema>;
