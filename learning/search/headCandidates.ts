/** Settings of a head that are worth trying beside the recipe's own. Pure. */
import type { HeadSettings } from '../../contracts/run/choices.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { strongDecay } from '../optimizers/rules.js';

/** Rates as multiples of the recipe's. */
const rateFactors = [1, 1 / 3, 3];

/** The spec's own settings; undefined where a range test is to find the rate. */
export function ownSettings({ learningRate, optimizer, labelSmoothing }: HeadSpec): HeadSettings | undefined {
  if (learningRate === 'auto') return undefined;
  return { learningRate, weightDecay: optimizer.weightDecay, labelSmoothing };
}

/** The spec's own first. */
export function headCandidates(spec: HeadSpec): HeadSettings[] {
  const own = ownSettings(spec);
  if (own === undefined) return [];
  const decays = [own.weightDecay, strongDecay(spec.optimizer.kind)];
  const smoothings = own.labelSmoothing === 0 ? [0, 0.1] : [own.labelSmoothing, 0];
  const all = rateFactors.flatMap((factor) =>
    decays.flatMap((weightDecay) =>
      smoothings.map((labelSmoothing) => ({
        learningRate: Number((own.learningRate * factor).toPrecision(2)),
        weightDecay,
        labelSmoothing,
      })),
    ),
  );
  const seen = new Set<string>();
  return [own, ...all].filter((settings) => {
    const text = JSON.stringify([settings.learningRate, settings.weightDecay, settings.labelSmoothing]);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** A head's spec with these settings. */
export function withSettings(spec: HeadSpec, { learningRate, weightDecay, labelSmoothing }: HeadSettings): HeadSpec {
  return { ...spec, learningRate, labelSmoothing, optimizer: { ...spec.optimizer, weightDecay } };
}
