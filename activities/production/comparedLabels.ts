/** What two multi-label models say of the same test pictures, by the labels that both know. */
import { labelsOf } from '../../contracts/data/labelSets.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { ComparedPicture } from '../../learning/metrics/multiLabel/labelsHeadToHead.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ListedImage } from '../plan/imageList.js';
import type { AnswerOptions } from '../predict/answeredPictures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { labelScores } from './answersOnPictures.js';

/** @param images test pictures of the challenger's dataset version; those that are gone are left out */
export async function comparedLabels(
  dependencies: ActivityDependencies,
  champion: ModelCard,
  challenger: ModelCard,
  images: readonly ListedImage[],
  options: AnswerOptions,
): Promise<ComparedPicture[]> {
  const { labelSets } = await new Datasets(dependencies.store).manifest(challenger.dataset.version);
  const shared = challenger.classes.filter((name) => champion.classes.includes(name));
  const place = new Map(shared.map((name, index) => [name, index]));
  const placesOn = ({ classes }: ModelCard): number[] => shared.map((name) => classes.indexOf(name));
  const [ofChampion, ofChallenger] = [placesOn(champion), placesOn(challenger)];
  const before = await labelScores(dependencies, champion, images, options);
  const after = await labelScores(dependencies, challenger, images, options);
  return images.flatMap(({ path, label }): ComparedPicture[] => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === undefined || is === undefined) return [];
    const truth = labelsOf(label, labelSets).flatMap((index) => place.get(challenger.classes[index] ?? '') ?? []);
    return [
      {
        truth,
        champion: ofChampion.map((index) => was[index] ?? 0),
        challenger: ofChallenger.map((index) => is[index] ?? 0),
      },
    ];
  });
}
