/** Which way of balancing classes is clearly better than none. Pure. */
import type { ImbalanceChoice } from '../../contracts/spec/stages/imbalance.js';
import { mostEven } from '../metrics/balance.js';
import type { Outcomes } from '../training/judging/pairedComparison.js';

type Method = ImbalanceChoice['chosen'];
type Row = ImbalanceChoice['rows'][number] & { balancedAccuracy: number };

/** Standard errors by which balance has to be better (5 %, one-sided), and by which top-1 may be worse. */
const clearly = { better: 1.645, worse: 1 };

/** Whether classes differ by more than 3 to 1 in their pictures. */
export function isUneven(labels: ArrayLike<number>): boolean {
  const counts = [...countOf(labels).values()];
  return counts.length > 1 && Math.max(...counts) > mostEven * Math.min(...counts);
}

/**
 * Compares balanced accuracy, the mean recall of the classes, picture by picture: a picture that only one of two heads recognises counts
 * by how rare its class is. Were both as good, each sign would be as likely, so the variance of the sum is that of its squares (a sign
 * test as McNemar's, weighted). Of the methods that are clearly better, and whose top-1 is not worse by more than its standard error, the
 * one with the highest balanced accuracy is chosen.
 *
 * @param labels of the held-out pictures
 * @param tried what each method makes of them, plain first; undefined where training diverged
 */
export function chooseBalancing(
  labels: readonly number[],
  tried: readonly { method: Method; outcome: Outcomes | undefined }[],
): Pick<ImbalanceChoice, 'chosen' | 'reason'> & { rows: Row[] } {
  const weights = weightsOf(labels);
  const plain = tried.find(({ method }) => method === 'plain')?.outcome;
  const rows = tried.flatMap(({ method, outcome }) =>
    outcome === undefined ? [] : [rowOf(method, outcome, plain, weights)],
  );
  const own = rows.find(({ method }) => method === 'plain');
  if (own === undefined) return { chosen: 'plain', reason: 'the plain loss: training with it diverged', rows };
  const better = rows
    .filter(({ score, lost }) => score !== null && score > clearly.better && (lost ?? 0) < clearly.worse)
    .toSorted((a, b) => b.balancedAccuracy - a.balancedAccuracy);
  const [best] = better;
  if (best === undefined) {
    return { chosen: 'plain', reason: 'the plain loss: no other is clearly better in balanced accuracy', rows };
  }
  const told = `${percent(own.balancedAccuracy)} to ${percent(best.balancedAccuracy)}`;
  return { chosen: best.method, reason: `${best.method}: balanced accuracy rises clearly, from ${told}`, rows };
}

function rowOf(method: Method, { correct }: Outcomes, plain: Outcomes | undefined, weights: readonly number[]): Row {
  const balanced = correct.reduce((sum, hit, index) => sum + (hit ? (weights[index] ?? 0) : 0), 0);
  const row = {
    method,
    balancedAccuracy: Math.min(1, balanced),
    top1: correct.filter(Boolean).length / correct.length,
  };
  if (method === 'plain' || plain === undefined) return { ...row, score: null, lost: null };
  let [change, squares, fewer, differing] = [0, 0, 0, 0];
  for (const [index, hit] of correct.entries()) {
    const before = plain.correct[index] === true;
    if (hit === before) continue;
    const weight = weights[index] ?? 0;
    change += hit ? weight : -weight;
    squares += weight ** 2;
    fewer += hit ? -1 : 1;
    differing += 1;
  }
  const inErrors = (sum: number, variance: number): number => (variance === 0 ? 0 : sum / Math.sqrt(variance));
  return { ...row, score: inErrors(change, squares), lost: inErrors(fewer, differing) };
}

/** 1 over the number of classes and of pictures of its class: their sum over the recognised pictures is the balanced accuracy. */
function weightsOf(labels: readonly number[]): number[] {
  const counts = countOf(labels);
  return labels.map((label) => 1 / (counts.size * (counts.get(label) ?? 1)));
}

function countOf(labels: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let index = 0; index < labels.length; index += 1) {
    const label = labels[index] ?? 0;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return counts;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
