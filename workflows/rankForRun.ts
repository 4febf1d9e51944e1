/** A ranking inside a run: all sources at once, or within a time, the cheapest first. */
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { Candidate, RankReport, RankRequest } from '../contracts/models/ranking.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { sourceText } from '../contracts/spec/sources/sources.js';
import { autoSource } from '../contracts/spec/undecided.js';
import { planRanking, rankAll, rankDataset, rankGroup, weigh, type Ranked } from './rankSources.js';
import { within } from './within.js';

export interface RankingForRun {
  /** null: there was no time to rank anything. */
  report: RankReport | null;
  /** Sources there was no time for. */
  passedOver: string[];
}

/** Pictures a ranking looks at when it has all the time. */
const usualSample = 1_000;
/** Pictures that leave time for several sources, per second of ranking; and the fewest that distinguish sources at all. */
const picturesPerSecond = 5;
const fewestPictures = 100;

/** @param until milliseconds since the epoch (workflow time); null: no limit */
export async function rankForRun(
  spec: RunSpec,
  dataset: DatasetReference,
  until: number | null,
): Promise<RankingForRun> {
  const usual = { spec, sample: sampleFor(until), budget: null };
  if (spec.backbone.name !== autoSource) return rankNamed(usual, dataset, until);
  const request: RankRequest = { ...usual, sources: [], only: false };
  if (until === null) return { report: await rankDataset(request, dataset), passedOver: [] };
  return rankInTurn(request, dataset, until);
}

/** The ways to pool the features of the backbone that a person named. */
async function rankNamed(
  usual: Pick<RankRequest, 'spec' | 'sample' | 'budget'>,
  dataset: DatasetReference,
  until: number | null,
): Promise<RankingForRun> {
  const { name, weights } = usual.spec.backbone;
  const source = { name, ...(weights === undefined ? {} : { weights }) };
  const request: RankRequest = { ...usual, sources: [source], only: true };
  const report = await within(until, async () => {
    const plan = await planRanking(request, dataset, 'all', null);
    const { pictures, leftOut } = plan;
    const { ranked, skipped } = await rankAll(plan);
    return weigh({
      ...{ request, dataset, pictures, ranked, leftOut, embeddedBy: null },
      skipped: [...plan.skipped, ...skipped],
    });
  });
  return { report: report ?? null, passedOver: [] };
}

function sampleFor(until: number | null): number {
  if (until === null) return usualSample;
  const seconds = (until - Date.now()) / 1000;
  return Math.min(usualSample, Math.max(fewestPictures, Math.round(seconds * picturesPerSecond)));
}

async function rankInTurn(request: RankRequest, dataset: DatasetReference, until: number): Promise<RankingForRun> {
  const pace = new Pace();
  const first = await within(until, () => planRanking(request, dataset, 'probe', null));
  if (first === undefined) return { report: null, passedOver: [] };
  const ranked: Ranked[] = [];
  const rank = async (sample: typeof first.sample, candidate: Candidate): Promise<boolean> => {
    const began = Date.now();
    if (began + pace.expected(candidate) > until) return false;
    const outcome = await within(until, () => rankGroup(sample, [candidate]));
    if (outcome === undefined) return false;
    ranked.push(...outcome.flatMap((one) => ('ranked' in one ? [one.ranked] : [])));
    pace.took(candidate, Date.now() - began);
    return true;
  };
  // The fixed network comes first: what the task looks like to it shows which earlier tasks are similar.
  for (const candidate of first.candidates) await rank(first.sample, candidate);
  const embeddedBy = ranked[0]?.key ?? null;
  const all = await within(until, () => planRanking(request, dataset, 'all', embeddedBy));
  const plan = all ?? first;
  const passedOver: string[] = [];
  const known = new Set(ranked.map(({ candidate }) => keyOf(candidate)));
  const byCost = plan.candidates
    .filter((candidate) => !known.has(keyOf(candidate)))
    .toSorted((a, b) => (a.work ?? Infinity) - (b.work ?? Infinity));
  for (const candidate of byCost) {
    // The next one costs more, so none of them would fit either.
    const fits = passedOver.length === 0 && (await rank(plan.sample, candidate));
    if (!fits) passedOver.push(sourceText(candidate));
  }
  if (ranked.length === 0) return { report: null, passedOver };
  const { pictures, skipped, leftOut } = plan;
  return { report: await weigh({ request, dataset, pictures, ranked, skipped, leftOut, embeddedBy }), passedOver };
}

const keyOf = ({ name, sha256 }: Candidate): string => `${name} ${sha256}`;

/** How fast sources are ranked on this machine today. */
class Pace {
  /** Milliseconds a unit of work; 0 until a source was ranked. */
  private slowest = 0;

  took({ work }: Candidate, milliseconds: number): void {
    if (work !== undefined) this.slowest = Math.max(this.slowest, milliseconds / work);
  }

  expected({ work }: Candidate): number {
    return (work ?? 0) * this.slowest;
  }
}
