/** Which augmentation helps: the usual policies, and the choice between them by what validation says of each. Pure. */
import type { AugmentationChoice } from '../../contracts/spec/stages/augmentationChoice.js';
import { laterAugmentation, mixingSettings } from '../../contracts/spec/stages/augmentationSpec.js';
import type { AugmentationSpec } from '../../contracts/spec/stages/augmentationSpec.js';
import { wilsonInterval } from '../metrics/interval.js';

export interface Policy {
  readonly name: string;
  readonly augmentation: AugmentationSpec;
}

/** A policy's outcome on the same validation pictures in the same order. */
export interface PolicyOutcome {
  readonly name: string;
  /** Cross-entropy of each picture, nats. */
  readonly losses: readonly number[];
  /** Whether each was recognised. */
  readonly correct: readonly boolean[];
}

/** Of a spec that has no views to draw: the default recipe's. */
const usual = { views: 4, cropScale: [0.4, 1], cropRatio: [3 / 4, 4 / 3], colorJitter: 0.2 } as const;

/**
 * From the simplest to the strongest, each with the spec's own ranges where it has some. A mirror image and an upside-down
 * one each come with a policy of their own, so that a set that they harm (digits, text) is free to leave it out. How
 * batches are mixed stays as given: views have nothing to do with it.
 */
export function candidatePolicies(given: AugmentationSpec): Policy[] {
  const crop: AugmentationSpec = {
    ...laterAugmentation,
    ...mixingSettings(given),
    ...{ horizontalFlip: false, colorJitter: 0 },
    views: given.views > 1 ? given.views : usual.views,
    cropScale: given.cropScale ?? [...usual.cropScale],
    cropRatio: given.cropScale === null ? [...usual.cropRatio] : given.cropRatio,
  };
  const flip = { ...crop, horizontalFlip: true };
  const colour = { ...flip, colorJitter: given.colorJitter === 0 ? usual.colorJitter : given.colorJitter };
  return [
    // Without anything to draw further views would be copies.
    { name: 'none', augmentation: { ...crop, cropScale: null, views: 1 } },
    { name: 'crop', augmentation: crop },
    { name: 'crop and mirror', augmentation: flip },
    { name: 'crop, mirror and colour', augmentation: colour },
    { name: 'crop, mirror, colour and upside down', augmentation: { ...colour, verticalFlip: true } },
    {
      name: 'crop and RandAugment',
      augmentation: { ...crop, randAugment: given.randAugment ?? { operations: 2, magnitude: 9 } },
    },
  ];
}

/** The policy whose settings these are; undefined where they are nobody's. */
export function policyOf(policies: readonly Policy[], given: AugmentationSpec): string | undefined {
  const text = (augmentation: AugmentationSpec): string => JSON.stringify(Object.entries(augmentation).toSorted());
  return policies.find(({ augmentation }) => text(augmentation) === text({ ...given, policy: 'given' }))?.name;
}

/**
 * The simplest policy whose validation loss is within one standard error of the least (Breiman et al. 1984), the error being
 * that of the paired difference: all policies are judged by the same pictures. So an augmentation is taken only where it
 * shows that it helps. The loss decides, since a share of correct answers hardly moves on small splits.
 *
 * @param outcomes from the simplest to the strongest; the first one is what the others are compared with in the table
 * @param incumbent name of a policy that stays unless the least loss is more than one standard error below its own, with no
 * fewer pictures recognised
 * @throws RangeError without an outcome or without a picture
 */
export function choosePolicy(
  outcomes: readonly PolicyOutcome[],
  incumbent?: string,
): Pick<AugmentationChoice, 'chosen' | 'reason' | 'policies'> {
  const [plain] = outcomes;
  if (plain === undefined || plain.losses.length === 0) throw new RangeError('nothing to choose from');
  const best = outcomes.reduce((least, one) => (mean(one.losses) < mean(least.losses) ? one : least));
  const isAsGood = (one: PolicyOutcome): boolean => {
    const excess = paired(one.losses, best.losses);
    return excess.mean <= excess.error;
  };
  const usual = outcomes.find(({ name }) => name === incumbent);
  const stays = usual !== undefined && (isAsGood(usual) || recognised(best) < recognised(usual));
  const chosen = usual === undefined ? (outcomes.find(isAsGood) ?? best) : stays ? usual : best;
  const policies = outcomes.map(({ name, losses, correct }) => {
    const { mean: difference, error } = paired(losses, plain.losses);
    const hits = correct.filter(Boolean).length;
    return {
      name,
      top1: hits / correct.length,
      interval: wilsonInterval(hits, correct.length),
      loss: mean(losses),
      difference: {
        mean: difference,
        interval: [difference - 1.96 * error, difference + 1.96 * error] as [number, number],
      },
    };
  });
  return { chosen: chosen.name, reason: stays ? whyItStays(chosen, best) : reasonFor(chosen, best), policies };
}

const recognised = ({ correct }: PolicyOutcome): number => correct.filter(Boolean).length;

function whyItStays(usual: PolicyOutcome, best: PolicyOutcome): string {
  return usual === best
    ? 'it has the lowest validation loss'
    : `no other policy is clearly better on the validation pictures: ${best.name} has a loss of ${mean(best.losses).toFixed(3)}, this one ${mean(usual.losses).toFixed(3)}`;
}

function reasonFor(chosen: PolicyOutcome, best: PolicyOutcome): string {
  const told = ({ losses, correct }: PolicyOutcome): string =>
    `validation loss ${mean(losses).toFixed(3)}, top-1 ${(correct.filter(Boolean).length / correct.length).toFixed(3)}`;
  if (chosen === best) return `${chosen.name}: ${told(chosen)}, the lowest loss`;
  const { mean: excess, error } = paired(chosen.losses, best.losses);
  return (
    `${chosen.name}: ${told(chosen)}; the simplest within one standard error of the lowest loss ` +
    `(${best.name}, ${told(best)}; difference ${excess.toFixed(3)} ± ${error.toFixed(3)})`
  );
}

/** Mean of a − b over the same pictures, and its standard error. */
function paired(a: readonly number[], b: readonly number[]): { mean: number; error: number } {
  const differences = a.map((value, index) => value - (b[index] as number));
  const middle = mean(differences);
  const squares = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const count = differences.length;
  return { mean: middle, error: count < 2 ? Infinity : Math.sqrt(squares / (count - 1) / count) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
