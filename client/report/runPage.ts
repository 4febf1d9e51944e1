/** The report of one run, from what is known of it. Pure. */
import { statusText } from '../../contracts/run/statusText.js';
import { counted, duration } from '../text/format.js';
import { isUnanswered } from '../runs/unansweredResult.js';
import { hasEnded } from '../runs/runStatus.js';
import { version } from '../connection/version.js';
import { aboutRuns, momentAt } from './about.js';
import { choicesSection } from './sections/choices.js';
import { classesSection } from './sections/classes.js';
import { confusionOf } from './sections/confusion.js';
import { curvesSection } from './sections/curves.js';
import { dataSection } from './sections/data.js';
import { isComputed } from './facts/figures.js';
import type { RunFacts } from './facts/runFacts.js';
import { decisionNotes } from './decision.js';
import { gateSection } from './sections/gate.js';
import { html, nothing, type Html } from './page/html.js';
import { lineageSection, reproduceSection } from './sections/lineage.js';
import { judgementNotes } from './sections/judged.js';
import { mistakesSection } from './sections/mistakes.js';
import { page, type Section } from './page/page.js';
import { reliabilitySection } from './sections/reliability.js';
import { retrainingSection } from './sections/retraining.js';
import { foldsTile, testTiles, tile } from './testTiles.js';
import { reuseSection } from './sections/reuse.js';
import { isLeast, money, timingSection, totalsOf } from './sections/timing.js';
import type { Prices } from '../runs/options.js';
import { isMistake } from '../../learning/metrics/evaluate.js';
import { verdictOf, type Verdict } from './verdict.js';

export interface Rendered {
  title: string;
  verdict: string;
  html: string;
}

export function runPage(facts: RunFacts, prices: Prices): Rendered {
  const { result, figures, leaks } = facts;
  const verdict = withDecision(verdictOf(result, figures, leaks, facts.activities), facts);
  const title = result.model === null ? `Run ${result.run}` : `${result.model.name}@${result.model.version}`;
  const choices = result.choices !== undefined || result.augmentation !== undefined || result.imbalance !== undefined;
  // That nothing is known of a step does not say that it was not done.
  const known = (body: Html): Html =>
    isUnanswered(result) ? html`<p>Not known, because no worker answers.</p>` : body;
  const sections: Section[] = [
    ...productionSections(facts),
    {
      id: 'training',
      title: 'Training',
      body: known(curvesSection(facts.stages, facts.thinned, hasEnded(result.status))),
    },
    ...(figures === null
      ? []
      : [
          ...confusionOf(figures.evaluation),
          { id: 'classes', title: 'Classes', body: classesSection(figures.evaluation) },
          {
            id: 'reliability',
            title: 'Calibration',
            body: reliabilitySection(figures.evaluation, facts.card?.calibration ?? null),
          },
          { id: 'mistakes', title: 'Most confident mistakes', body: mistakes(facts) },
        ]),
    {
      id: 'data',
      title: 'Data',
      body: known(
        dataSection({ dataset: result.dataset, partlySeen: result.partlySeen, labels: result.labels, ...facts }),
      ),
    },
    ...(choices ? [{ id: 'choices', title: 'Choices of the run', body: choicesSection(result) }] : []),
    { id: 'reuse', title: 'Cached or recomputed', body: known(reuseSection(result, facts.activities ?? [])) },
    { id: 'time', title: 'Time and cost', body: timingSection(facts.activities, facts.stages, prices, facts.at) },
    { id: 'lineage', title: 'Lineage', body: lineageSection(facts) },
    { id: 'again', title: 'How to reproduce it', body: reproduceSection(facts) },
    { id: 'checks', title: 'Checks', body: checks(facts) },
  ];
  const head = html`${verdictBox(verdict)}${tiles(facts, prices)}`;
  const foot = `${result.run}, ${statusText(result.status, result.promotion)}. Made ${momentAt(facts.at)} by Graftwork ${version}.`;
  return {
    title,
    verdict: verdict.sentence,
    html: page({ title, about: aboutRuns([facts], facts.at), head, sections, foot }),
  };
}

/** What became of the model stands right below what its test found; a model that was kept out is no success. */
function withDecision({ sentence, notes, tone }: Verdict, { result, production, figures, spec }: RunFacts): Verdict {
  const { promotion } = result;
  const isOpen = tone === 'good' && promotion !== undefined && promotion.status !== 'promoted';
  const views = spec?.evaluation.testTimeAugmentation.views ?? 1;
  const averaged = figures !== null && views > 1 ? [viewsNote(views)] : [];
  return {
    sentence,
    notes: [...decisionNotes(result, production), ...notes, ...averaged],
    tone: isOpen ? 'open' : tone,
  };
}

/** What the test did and `predict` by itself does not. */
function viewsNote(views: number): string {
  return (
    `Each test picture was classified in ${views} views, and their probabilities were averaged: ` +
    `\`predict --tta ${views}\` does the same. Plain \`predict\` and exports use one view and may be somewhat less accurate.`
  );
}

function productionSections(facts: RunFacts): Section[] {
  const { result, production, retraining } = facts;
  const gate = result.promotion !== undefined || production !== null;
  return [
    ...(gate ? [{ id: 'gate', title: 'Gate and production', body: gateSection(facts) }] : []),
    ...(retraining ? [{ id: 'retraining', title: 'Retraining', body: retrainingSection(retraining) }] : []),
  ];
}

export function verdictBox({ sentence, notes, tone }: Verdict): Html {
  return html`<div class="verdict ${tone}">
    <p>${sentence}</p>
    ${notes.map((note) => html`<p>${note}</p>`)}
  </div>`;
}

function tiles({ result, figures, activities, at }: RunFacts, prices: Prices): Html {
  const costs = totalsOf(activities ?? [], prices, at).flatMap(({ cost }) => (cost === null ? [] : [cost]));
  return html`<ul class="tiles">
      ${figures && testTiles(figures.evaluation)} ${result.folds && foldsTile(result.folds, 'heads alone')}
      ${result.fineTuneFolds && foldsTile(result.fineTuneFolds, 'the whole recipe')}
      ${tile(duration(result.seconds), hasEnded(result.status) ? 'from start to end' : 'so far')}
      ${costs.length > 0 && tile(money(costs.reduce((sum, cost) => sum + cost, 0)), `cost of the time worked${isLeast(activities ?? []) ? ', at least' : ''}`)}
    </ul>
    ${figures && judgementNotes(figures.evaluation)}`;
}

function mistakes({ figures, mistakes: shown, pictures }: RunFacts): Html {
  if (figures === null) return nothing;
  if (figures.outcomes.length === 0) return html`<p>The outcomes of the single pictures are gone.</p>`;
  const all = figures.outcomes.filter(isMistake).length;
  if (all === 0 && !isComputed(figures)) return html`<p>None among the pictures whose outcomes are still stored.</p>`;
  return mistakesSection(shown, all, pictures);
}

function checks({ figures, notes }: RunFacts): Html {
  const computed =
    figures === null
      ? 'The run has no test whose figures could be checked.'
      : !isComputed(figures)
        ? `The figures are the ones stored when the model was tested. They cannot be computed again, because the outcomes of ${counted(figures.evaluation.count - figures.outcomes.length, 'picture')} are gone.`
        : `Every figure of the test is computed here from the outcomes of its ${counted(figures.outcomes.length, 'picture')}` +
          (figures.mismatches.length === 0 ? ', and equals the stored figure.' : '. These stored figures differ:');
  return html`<p>${computed}</p>
    ${
      figures !== null &&
      figures.mismatches.length > 0 &&
      html`<ul>
        ${figures.mismatches.map((mismatch) => html`<li>${mismatch}</li>`)}
      </ul>`
    }
    ${
      notes.length > 0 &&
      html`<p>Not found when this report was made:</p>
        <ul>
          ${notes.map((note) => html`<li>${note}</li>`)}
        </ul>`
    }`;
}
