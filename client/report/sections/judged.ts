/** A judgement beside its figure, and the rules that all judgements follow. */
import type { Evaluation } from '../../../contracts/data/evaluation.js';
import { judgementRules, type Judgement } from '../../../learning/metrics/judgement.js';
import { html, nothing, type Html } from '../page/html.js';

/** The words carry the judgement; the colour only repeats it. */
export function judged(judgement: Judgement | undefined): Html {
  return judgement === undefined ? nothing : html`<span class="judged ${judgement.tone}">${judgement.text}</span>`;
}

/** Folded: for those who doubt a judgement. */
export function judgementNotes(evaluation: Pick<Evaluation, 'multiLabel'>): Html {
  return html`<details>
    <summary>How the figures are judged</summary>
    <ul>
      ${judgementRules(evaluation).map((rule) => html`<li>${rule}</li>`)}
    </ul>
  </details>`;
}
