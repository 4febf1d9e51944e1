/** The kinds of garbage, and where each lies. */
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Needed } from './garbageRoots.js';

/** The kinds of garbage, in the order in which they go: what refers to others goes before them. */
export const garbageKinds = [
  'splits',
  'plans',
  'predictions',
  'evaluations',
  'checkpoints',
  'features',
  'pixels',
  'uploads',
  'rankings',
  'trials',
  'augmentations',
  'models',
] as const satisfies (keyof Needed)[];
export type GarbageKind = (typeof garbageKinds)[number];

const hex = '[0-9a-f]{64}';

/** Where each kind lies, and which part of a key names the unit. A key that does not match is nobody's garbage. */
export const places: Record<GarbageKind, { prefix: string; pattern: RegExp }> = {
  // One of each draw.
  splits: { prefix: 'datasets/splits/', pattern: new RegExp(`^datasets/splits/${hex}/(${hex})\\.json$`) },
  plans: { prefix: 'plans/', pattern: new RegExp(`^plans/(${hex})\\.json$`) },
  predictions: {
    prefix: 'predictions/',
    pattern: /^predictions\/([^/]+)\/(?:images\.json|input\/|result(?:\/|\.json$))/,
  },
  evaluations: { prefix: 'evaluations/', pattern: new RegExp(`^evaluations/(${hex})(?:/|\\.json$)`) },
  checkpoints: { prefix: 'checkpoints/', pattern: new RegExp(`^checkpoints/(${hex})/`) },
  features: { prefix: 'features/', pattern: new RegExp(`^features/(${hex})\\.safetensors$`) },
  pixels: { prefix: 'pixels/', pattern: new RegExp(`^pixels/(${hex})\\.safetensors$`) },
  uploads: { prefix: 'uploads/', pattern: new RegExp(`^uploads/(${hex})(?:/|\\.json$)`) },
  rankings: { prefix: 'rankings/', pattern: new RegExp(`^rankings/(${hex})\\.json$`) },
  trials: { prefix: 'trials/', pattern: new RegExp(`^trials/(${hex})\\.json$`) },
  augmentations: { prefix: 'augmentations/', pattern: new RegExp(`^augmentations/(${hex})\\.json$`) },
  models: { prefix: 'models/parameters/', pattern: new RegExp(`^models/parameters/(${hex})\\.safetensors$`) },
};

/** Kinds whose reuse is said by writing them again, so a last look keeps what a run has just found and counts on. */
export const rewritten: Partial<Record<GarbageKind, (name: string) => string>> = {
  plans: objectKeys.plan,
  evaluations: objectKeys.evaluationPrefix,
  checkpoints: objectKeys.checkpointFolder,
  models: objectKeys.modelParameters,
  uploads: objectKeys.uploadUse,
  rankings: objectKeys.ranking,
};
