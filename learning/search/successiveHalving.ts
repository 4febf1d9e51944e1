/**
 * Successive halving (Jamieson & Talwalkar 2016): all candidates get a little training, the better part of them three times
 * as much, and so on. Pure: what a trial is, the caller knows.
 */

/** Of the candidates so many go on from one round to the next, each with so many times the epochs. */
export const factor = 3;

/** Epochs of each round: in the last one `most`, in each before it a third, in as many rounds as the candidates need. */
export function rounds(candidates: number, most: number, least: number): number[] {
  const wanted = Math.max(1, Math.ceil(Math.log(Math.max(1, candidates)) / Math.log(factor) - 1e-9));
  const epochs: number[] = [];
  for (let round = wanted - 1; round >= 0; round--) {
    const count = Math.min(most, Math.max(least, Math.round(most / factor ** round)));
    if (epochs.at(-1) !== count) epochs.push(count);
  }
  return epochs;
}

export interface Trial<Candidate> {
  readonly candidate: Candidate;
  readonly epochs: number;
  /** To be small. */
  readonly loss: number;
}

/**
 * Runs trials until one candidate is left beside the first, which takes part in every round: it is what the winner has to
 * beat.
 *
 * @param candidates the usual settings first
 * @param attempt makes a trial; undefined where it could not be made: the search then ends with the rounds that are complete. It is
 * called for all candidates of a round in any case.
 * @returns the best candidate of the last complete round; undefined when not even the first round was completed
 */
export async function successiveHalving<Candidate>(
  candidates: readonly Candidate[],
  epochsOfRounds: readonly number[],
  attempt: (candidate: Candidate, epochs: number) => Promise<{ loss: number } | undefined>,
): Promise<Trial<Candidate> | undefined> {
  const [usual, ...others] = candidates;
  if (usual === undefined) return undefined;
  let challengers = others;
  let best: Trial<Candidate> | undefined;
  for (const epochs of epochsOfRounds) {
    const trials: Trial<Candidate>[] = [];
    for (const candidate of [usual, ...challengers]) {
      const outcome = await attempt(candidate, epochs);
      if (outcome !== undefined) trials.push({ candidate, epochs, loss: outcome.loss });
    }
    if (trials.length <= challengers.length) return best;
    const ordered = trials.toSorted((a, b) => finite(a.loss) - finite(b.loss));
    best = ordered[0];
    const going = Math.max(1, Math.floor((trials.length - 1) / factor));
    challengers = ordered
      .map(({ candidate }) => candidate)
      .filter((candidate) => candidate !== usual)
      .slice(0, going);
  }
  return best;
}

/** A loss that is no number is the worst there is. */
const finite = (loss: number): number => (Number.isFinite(loss) ? loss : Infinity);
