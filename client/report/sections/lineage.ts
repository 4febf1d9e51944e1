/** What the model was made of and by, and how it is made again. */
import { stringify } from 'yaml';
import type { DatasetManifest } from '../../../contracts/data/dataset.js';
import { decisionsText } from '../../../contracts/data/labelDecisions.js';
import type { ModelCard } from '../../../contracts/models/modelCard.js';
import { wasTrained, type RunResult } from '../../../contracts/run/result.js';
import { trainStageOutputSchema } from '../../../contracts/activities/trainingActivities.js';
import { userSpecSchema, type RunSpec, type UserSpec } from '../../../contracts/spec/runSpec.js';
import { autoSource } from '../../../contracts/spec/undecided.js';
import { inShell } from '../../../contracts/inShell.js';
import { bytes, count, moment, short } from '../../text/format.js';
import { inputText } from '../../text/inputText.js';
import type { ActivityRecord } from '../facts/history.js';
import { html, named, type Html } from '../page/html.js';
import { facts as listed } from '../page/table.js';

export interface LineageFacts {
  result: RunResult;
  card: ModelCard | null;
  manifest: DatasetManifest | null;
  spec: RunSpec | null;
  /** null: Temporal no longer has the history. */
  activities: readonly ActivityRecord[] | null;
  /** What the person called the images. @default their address */
  source?: string;
  /** Address of the run in the Temporal UI. */
  ui: string | undefined;
}

export function lineageSection({ result, card, manifest, spec, ui, ...facts }: LineageFacts): Html {
  const { dataset, model, artifacts } = result;
  const digest = (text: string): Html => html`<code>${text}</code>`;
  return listed([
    ['run', digest(result.run)],
    ['source', dataset && digest(facts.source ?? dataset.uri)],
    [
      'data set version',
      dataset && html`${digest(dataset.version)}${manifest && `, read ${moment(manifest.createdAt)}`}`,
    ],
    ['labels', manifest?.decisions && decisionsText(manifest.decisions)],
    ['backbone', card ? html`${card.backbone.name}, ${card.backbone.license}` : result.backbone],
    ['its weights', card && html`${named(card.backbone.source)}, sha256 ${digest(card.backbone.sha256)}`],
    ['input', card && inputText(card.input)],
    ['number format', card?.spec.compute?.dtype],
    ['stages', card && html`${card.stages.map(({ name, kept }) => `${name}${kept ? '' : ' (dropped)'}`).join(' → ')}`],
    ['model', model && html`${model.name}@${model.version}${card && `, registered ${moment(card.createdAt)}`}`],
    [
      'parameters',
      card &&
        html`${count(card.parameters.count)}, ${bytes(card.parameters.bytes)}, sha256 ${digest(card.parameters.sha256)}`,
    ],
    ['stored at', artifacts.model && digest(artifacts.model)],
    ['card', artifacts.card && digest(artifacts.card)],
    ['recipe and seed', spec && `${spec.recipe}, ${spec.seed}`],
    [
      'made with',
      card &&
        Object.entries(card.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
    ],
    ['Temporal UI', ui && digest(ui)],
  ]);
}

/**
 * A spec that makes the same again, as a person may write it: what a run decided by itself is written down, and nothing is
 * left open. Pure.
 */
export function reproducibleSpec({ undecided: _open, budget: _limit, ...decided }: RunSpec): UserSpec {
  return decided;
}

/** Whether a budget or a person ended training, which no spec asks for again. */
function wasCutShort({ result, activities }: LineageFacts, { fineTune }: RunSpec): boolean {
  const { status, stages, choices } = result;
  const trained = stages.filter(wasTrained);
  const isFinished = (answer: unknown): boolean =>
    trainStageOutputSchema.pick({ result: true }).loose().safeParse(answer).data?.result.ended === 'finished';
  return (
    // A step of the spec is at least one stage.
    (status === 'completed' && trained.length < 1 + fineTune.length) ||
    (choices?.cut.some((what) => /^(head|fine-tune-\d+) /.test(what)) ?? false) ||
    (activities?.some(({ type, answer }) => type === 'trainStage' && isFinished(answer)) ?? false)
  );
}

export function reproduceSection(facts: LineageFacts): Html {
  const { result, card, spec } = facts;
  // The card has what was decided; the history only what was asked for.
  const made = card?.spec ?? spec;
  if (made === null)
    return html`<p>The run's spec is not known: Temporal no longer has its history, and the run has no card.</p>`;
  const isOpen = made.backbone.name === autoSource;
  const text = stringify(isOpen ? made : reproducibleSpec(made));
  const promise = wasCutShort(facts, made)
    ? 'The run was ended early. This spec trains to the end and makes another model.'
    : 'Without stored results, the same machine makes the same model on its CPU, bit for bit. Another machine or a GPU makes one that differs by rounding.';
  const writable = userSpecSchema.safeParse(reproducibleSpec(made)).success;
  return html`<p>
      Save this as <code>run.yaml</code>, and run:
      <code>npx graftwork train ${inShell(made.dataset.uri)} --spec run.yaml</code>
    </p>
    <p>
      On the same pictures${result.dataset && html` (version <code>${short(result.dataset.version)}</code>)`}, every
      step whose result is still in the bucket reuses it. ${promise}
      ${(isOpen || !writable) && 'The run had not made all its choices yet, so a new run would make them again.'}
    </p>
    <details>
      <summary>run.yaml</summary>
      <pre tabindex="0">${text}</pre>
    </details>`;
}
