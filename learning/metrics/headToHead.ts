/** Champion and challenger on the same test pictures. Pure. */
import type { HeadToHead } from '../../contracts/spec/promotion.js';
import { mcnemar } from './mcnemar.js';
import { changeOfShare } from './pairedChange.js';

/** One test picture both models looked at. */
export interface JudgedPicture {
  champion: boolean;
  challenger: boolean;
}

export function headToHead(pictures: readonly JudgedPicture[], leftOut: HeadToHead['leftOut']): HeadToHead {
  const count = pictures.length;
  const onlyChampion = pictures.filter(({ champion, challenger }) => champion && !challenger).length;
  const onlyChallenger = pictures.filter(({ champion, challenger }) => challenger && !champion).length;
  const share = (right: number): number => (count === 0 ? 0 : right / count);
  const { mean, low, high } = changeOfShare(onlyChallenger, onlyChampion, count);
  return {
    pictures: count,
    leftOut,
    champion: share(pictures.filter(({ champion }) => champion).length),
    challenger: share(pictures.filter(({ challenger }) => challenger).length),
    difference: { mean: count === 0 ? 0 : mean, low, high },
    onlyChampion,
    onlyChallenger,
    pValue: mcnemar({ onlyFirst: onlyChampion, onlySecond: onlyChallenger }).pValue,
  };
}
