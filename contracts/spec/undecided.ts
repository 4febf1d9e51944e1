/** What a run that chooses for itself may choose: whatever the person has said nothing about. */
import { z } from 'zod';
import { autoPooling } from './sources/pooling.js';

/** The backbone's name that asks for the source to be chosen. */
export const autoSource = 'auto';

export const undecidedSchema = z.enum([
  /** Which stages fine-tuning trains. */
  'unfreeze',
  /** Whether there is fine-tuning, and how many epochs of it. */
  'steps',
  /** How many views of each picture there are. */
  'views',
  /** Which augmentation is drawn. */
  'augmentation',
  /** Rate, weight decay and label smoothing of the head. */
  'head',
  /** How the features of a named backbone are pooled. */
  'pooling',
]);
export type Undecided = z.infer<typeof undecidedSchema>;

/** The part of a person's spec that says what is decided. */
interface Said {
  plan?: unknown;
  augmentation?: object | undefined;
  head?: object | undefined;
  fineTune?: readonly { unfreeze?: unknown; adapter?: unknown }[] | undefined;
  budget?: unknown;
  backbone?: object | undefined;
}

/** Whether a person's backbone leaves open how its features are pooled. */
export const leavesPooling = (backbone: object | undefined): boolean =>
  backbone !== undefined && 'pooling' in backbone && backbone.pooling === autoPooling;

/** Settings that leave the search for the head's others open: they are about what it costs. */
const headCosts = new Set(['epochs', 'batchSize']);

/**
 * @param auto whether the source is to be chosen. With a budget alone only what decides about time is open.
 */
export function leftUndecided(said: Said, auto: boolean): Undecided[] {
  const pooling = leavesPooling(said.backbone) ? (['pooling'] as const) : [];
  if (!auto && said.budget === undefined) return [...pooling];
  const { plan, augmentation = {}, head = {}, fineTune } = said;
  // A step with adapters has them in every stage, unless it says otherwise.
  const saysStages = fineTune?.some(({ unfreeze, adapter }) => unfreeze !== undefined || adapter !== undefined);
  const open: [Undecided, boolean][] = [
    ['unfreeze', plan === undefined && saysStages !== true],
    ['steps', plan === undefined && fineTune === undefined],
    ['views', !('views' in augmentation)],
    ['augmentation', auto && Object.keys(augmentation).every((name) => name === 'views')],
    ['head', auto && Object.keys(head).every((name) => headCosts.has(name))],
  ];
  return [...open.flatMap(([what, isOpen]) => (isOpen ? [what] : [])), ...pooling];
}
