/** What the gate found, in words. Pure. */
import type {
  GateLimit,
  GateReport,
  HeadToHead,
  LostClasses,
  PromotionPolicy,
} from '../../contracts/spec/promotion.js';

/** Names of classes in a sentence. */
const mostNamed = 10;

export function verdictText(
  verdict: GateReport['verdict'],
  comparison: HeadToHead | null,
  policy: PromotionPolicy,
): string {
  if (comparison === null) return 'nothing was in production';
  const { pictures, difference, onlyChampion, onlyChallenger, pValue, by = 'top-1' } = comparison;
  if (pictures === 0) return 'no test picture can be used to judge both models';
  const points = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`;
  const alone =
    by === 'mAP' ? '' : `only it recognises ${onlyChallenger}, only the one in production recognises ${onlyChampion}; `;
  const found =
    `${points(difference.mean)} points of ${by} on ${pictures} pictures (95 % interval ${points(difference.low)} to ` +
    `${points(difference.high)}; ${alone}p = ${pValue.toPrecision(2)})`;
  const margin = `${(100 * policy.margin).toFixed(1)} points`;
  switch (verdict) {
    case 'first':
      return 'nothing was in production';
    case 'better':
      return `clearly better: ${found}`;
    case 'worse':
      return `clearly worse: ${found}`;
    case 'no-worse':
      return `not worse by ${margin} or more: ${found}${policy.tie === 'keep' ? ', and a tie keeps the one in production' : ''}`;
    case 'unclear':
      return `no clear difference, and not certain to be within ${margin}: ${found}${policy.tie === 'promote' ? ', and a tie promotes the new one' : ''}`;
  }
}

export function brokenText({ what, value, limit, bound, detail }: GateLimit): string {
  if (what === 'recall') {
    const whose = detail ?? (value === null ? 'a class' : 'all classes together');
    if (value === null) return `recall of ${whose} is unknown, because it has no test pictures`;
    const most = bound === undefined ? '' : `, with 95 % confidence at most ${percent(bound)}`;
    return `recall of ${whose} is ${percent(value)}${most}; at least ${percent(limit)} is required`;
  }
  if (value === null) return `${what}: not measured`;
  const least = bound === undefined ? '' : `, with 95 % confidence at least ${figure(bound)}`;
  return `${what}: ${figure(value)}${least}; at most ${limit} is allowed`;
}

/** Which classes are lost, and what to do where that was not meant. */
export function lostText(
  { gone, untested, added }: LostClasses,
  { challenger, champion }: Pick<GateReport, 'challenger' | 'champion'>,
  policy: PromotionPolicy,
): string {
  const [own, other] = [nameOf(challenger), champion === null ? 'the one in production' : nameOf(champion)];
  const renamed = added.length === 0 ? '' : ` (it has ${names(added)} instead: a renamed class counts as lost)`;
  const found = [
    ...(gone.length === 0 ? [] : [`does not know ${names(gone)}, which ${other} knows${renamed}`]),
    ...(untested.length === 0 ? [] : [`was not tested on ${names(untested)}, which ${other} was tested on`]),
  ];
  const text = `${own} ${found.join(', and ')}`;
  if (policy.lostClasses === 'allow') return `${text}; the policy allows that`;
  if (policy.policy === 'approve') return `${text}: approve it only if this is intended`;
  return (
    `${text}. If this is not intended, complete the data and train again. If it is, run ` +
    `\`graftwork models promote ${own}\` and set \`promotion.lostClasses: allow\` for later runs`
  );
}

const nameOf = ({ name, version }: GateReport['challenger']): string => `${name}@${version}`;

function names(classes: readonly string[]): string {
  const more = classes.length - mostNamed;
  return `${classes.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const figure = (value: number): string => String(Number(value.toPrecision(3)));
