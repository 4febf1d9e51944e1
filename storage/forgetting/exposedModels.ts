/** Which registered models have met a picture, and how. */
import type { Split } from '../../contracts/data/dataset.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { isRefitStage } from '../../contracts/spec/plan.js';
import { modelSource, referencedModel } from '../../contracts/spec/sources/sources.js';
import type { ModelRegistry } from '../registry/modelRegistry.js';
import type { Sighting } from './sightings.js';

export interface ExposedModels {
  /** Models whose parameters come from training on the picture. `through`: the model that trained on it, if this one started from it. */
  learned: (ModelReference & { through: string | null })[];
  /** Models whose epochs or steps were chosen by results on validation pictures, the picture among them. */
  validated: ModelReference[];
  /** Models that were tested on pictures, the picture among them. */
  tested: ModelReference[];
}

/** @throws GraftworkError GW_CORRUPT when a card is damaged: the pictures that the model has met are unknown */
export async function exposedModels(registry: ModelRegistry, sightings: readonly Sighting[]): Promise<ExposedModels> {
  const splitsOf = new Map<string, Set<Split>>();
  for (const { version, split } of sightings) splitsOf.set(version, (splitsOf.get(version) ?? new Set()).add(split));
  const cards: ModelCard[] = [];
  for await (const card of registry.cards()) cards.push(card);
  const trainedOnIt = ({ dataset, stages }: ModelCard): boolean => {
    const splits = splitsOf.get(dataset.version);
    const validationTrains = stages.some((stage) => stage.kept && isRefitStage(stage));
    return splits?.has('train') === true || (validationTrains && splits?.has('validation') === true);
  };
  const learned = new Set(cards.filter(trainedOnIt).map(modelSource));
  const learnedParent = ({ backbone: { weights } }: ModelCard): string | undefined => {
    const parent = weights === undefined ? undefined : referencedModel(weights);
    return parent !== undefined && learned.has(`model:${parent}`) ? parent : undefined;
  };
  // Generation by generation: which model is older the clocks of several machines cannot tell.
  for (let known = -1; known !== learned.size;) {
    known = learned.size;
    for (const card of cards) if (learnedParent(card) !== undefined) learned.add(modelSource(card));
  }
  const exposed: ExposedModels = { learned: [], validated: [], tested: [] };
  for (const card of cards.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))) {
    const { name, version, dataset } = card;
    const splits = splitsOf.get(dataset.version);
    if (learned.has(modelSource(card))) {
      exposed.learned.push({ name, version, through: trainedOnIt(card) ? null : (learnedParent(card) ?? null) });
    }
    if (splits?.has('validation') === true) exposed.validated.push({ name, version });
    if (splits?.has('test') === true) exposed.tested.push({ name, version });
  }
  return exposed;
}
