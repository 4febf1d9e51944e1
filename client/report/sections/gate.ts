/** Champion against challenger: what the gate looked at, what it said, who decided, and what was in production when. */
import type { ModelCard } from '../../../contracts/models/modelCard.js';
import type { Production } from '../../../contracts/models/production.js';
import type {
  GateLimit,
  GateReport,
  HeadToHead,
  LostClasses,
  PromotionOutcome,
} from '../../../contracts/spec/promotion.js';
import type { RunResult } from '../../../contracts/run/result.js';
import type { RunSpec } from '../../../contracts/spec/runSpec.js';
import { debiasedCalibration } from '../../../learning/metrics/debiasedCalibration.js';
import { chance, count, counted, moment, percent, points } from '../../text/format.js';
import type { Figures } from '../facts/figures.js';
import { html, named, nothing, type Html } from '../page/html.js';
import { facts, numberColumn, table } from '../page/table.js';

/** Moves of the pointer shown, the newest ones. */
const mostMoves = 10;
/** Names of classes shown. */
const mostClasses = 30;

export interface GateFacts {
  result: RunResult;
  figures: Figures | null;
  card: ModelCard | null;
  spec: RunSpec | null;
  /** null: nothing of this name was ever in production. */
  production: Production | null;
}

export function gateSection({ result, figures, card, spec, production }: GateFacts): Html {
  const { promotion } = result;
  return html`${promotion && decision(promotion, spec)} ${promotion && limits(promotion.gate, figures, card)}
  ${production && moves(production)}`;
}

const verdicts: Record<GateReport['verdict'], string> = {
  first: 'the first one: nothing was in production',
  better: 'clearly better',
  'no-worse': 'no worse',
  unclear: 'no clear difference',
  worse: 'clearly worse',
};

function decision({ status, by, reason, gate }: PromotionOutcome, spec: RunSpec | null): Html {
  const policy = spec?.promotion;
  return html`${facts([
    ['decision', `${status}${status === 'waiting' ? ' for approval' : ''}`],
    ['decided by', status !== 'waiting' && (by === 'gate' ? 'the gate' : named(by))],
    ['why', reason !== gate.reason && reason],
    ['verdict of the gate', `${verdicts[gate.verdict]}; ${gate.passes ? 'passes' : 'does not pass'}`],
    ['its reason', gate.reason],
    [
      'policy',
      policy &&
        `${policy.policy}; may be worse by less than ${percent(policy.margin)} of top-1; on a tie: ${policy.tie.replace('-', ' ')}; ` +
          `when classes are lost: ${policy.lostClasses}`,
    ],
    ...(gate.lostClasses === undefined ? [] : lostFacts(gate.lostClasses)),
  ])}
  ${gate.comparison && headToHead(gate, gate.comparison)}`;
}

function lostFacts({ gone, untested, added }: LostClasses): [string, string | false][] {
  const names = (classes: readonly string[]): string | false =>
    classes.length > 0 &&
    `${classes.slice(0, mostClasses).join(', ')}${classes.length > mostClasses ? ` and ${classes.length - mostClasses} others` : ''}`;
  return [
    ['classes it no longer knows', names(gone)],
    ['classes it no longer has test pictures of', names(untested)],
    ['classes that only it knows', names(added)],
  ];
}

function headToHead({ champion, challenger }: GateReport, found: HeadToHead): Html {
  const { pictures, leftOut, difference, pValue } = found;
  const left = [
    leftOut.seen > 0 && `${counted(leftOut.seen, 'picture')} that one of the two models was trained on`,
    leftOut.unknownClass > 0 &&
      `${counted(leftOut.unknownClass, 'picture')} of classes that the champion does not know`,
    leftOut.gone > 0 && `${counted(leftOut.gone, 'picture')} that could not be read again`,
  ].filter((text) => text !== false);
  const out = left.length === 0 ? '' : ` Left out: ${left.join('; ')}.`;
  if (pictures === 0) return html`<p>No test picture can be used to judge both models.${out}</p>`;
  const name = (model: GateReport['champion']): string => (model === null ? '–' : `${model.name}@${model.version}`);
  return html`${table(
      ['', 'model', numberColumn('recognised'), numberColumn('only it recognises')],
      [
        ['champion', name(champion), percent(found.champion), found.onlyChampion],
        ['challenger', name(challenger), percent(found.challenger), found.onlyChallenger],
      ],
      `Champion and challenger on the same ${counted(pictures, 'test picture')}`,
    )}
    <p>
      Difference of top-1, challenger less champion: ${points(difference.mean)} points (95 % interval
      ${points(difference.low)} to ${points(difference.high)}). McNemar's exact test: ${chance(pValue)}.${out}
    </p>`;
}

type What = GateLimit['what'];

interface Measure {
  name: string;
  shown: (value: number) => string;
  /** What is asked of the value. The bound of a measurement that is held against it lies on the other side. */
  bound: 'at least' | 'at most';
}

const measures: Record<What, Measure> = {
  recall: { name: 'least recall of a class', shown: percent, bound: 'at least' },
  'calibration error': {
    name: 'calibration error (debiased)',
    shown: (value) => String(Number(value.toPrecision(3))),
    bound: 'at most',
  },
  bytes: { name: 'size of the parameters', shown: (value) => `${count(value)} bytes`, bound: 'at most' },
  milliseconds: {
    name: 'time for one picture',
    shown: (value) => `${Number(value.toPrecision(3))} ms`,
    bound: 'at most',
  },
};

/** What the gate asks beside the comparison; what it was not asked is shown as far as it is known. */
function limits(gate: GateReport, figures: Figures | null, card: ModelCard | null): Html {
  const known = knownOf(figures, card);
  const rows = (Object.keys(measures) as What[]).map((what) => {
    const { name, shown, bound } = measures[what];
    const limit = gate.limits.find((one) => one.what === what);
    const { value, detail } = limit ?? known[what];
    const sure = limit?.bound;
    return [
      name,
      html`${value === null ? 'not measured' : shown(value)}${detail !== undefined && html` (${named(detail)})`}`,
      sure === undefined ? '–' : `${bound === 'at least' ? 'at most' : 'at least'} ${shown(sure)}`,
      limit ? `${bound} ${shown(limit.limit)}` : 'nothing',
      limit ? (limit.holds ? 'yes' : 'no') : '–',
    ];
  });
  return table(['', 'measured', 'with 95 % confidence', 'asked', 'holds'], rows, 'The challenger by itself');
}

function knownOf(figures: Figures | null, card: ModelCard | null): Record<What, Pick<GateLimit, 'value' | 'detail'>> {
  const evaluation = figures?.evaluation;
  const [least] = (evaluation?.perClass ?? [])
    .flatMap(({ class: name, recall }) => (recall === null ? [] : [{ value: recall, detail: name }]))
    .sort((a, b) => a.value - b.value);
  return {
    recall: least ?? { value: null },
    'calibration error': { value: evaluation ? debiasedCalibration(evaluation.calibration.bins).error : null },
    bytes: { value: card?.parameters.bytes ?? null },
    milliseconds: { value: null },
  };
}

function moves({ name, history }: Production): Html {
  if (history.length === 0) return nothing;
  const shown = history.slice(-mostMoves).reverse();
  return html`${table(
    ['when', 'in production', 'before', 'how', 'by', 'why'],
    shown.map(({ at, from, to, kind, by, why }) => [
      moment(at),
      `${name}@${to}`,
      from === null ? '–' : `${name}@${from}`,
      kind,
      named(by),
      why,
    ]),
    'What was in production, the newest first',
  )}
  ${history.length > mostMoves && html`<p>The complete list: <code>npx graftwork models history ${name}</code></p>`}`;
}
