import type { Command } from 'commander';
import type { ModelCard } from '../../contracts/modelCard.js';
import type { PromotionOutcome } from '../../contracts/promotion.js';
import { bytes, count, percent, short } from '../display/format.js';
import { lineageText } from '../display/lineageText.js';
import { facts, table } from '../display/table.js';
import { Graftwork } from '../graftwork.js';
import { answer, createCommand, createGroup } from './command.js';
import type { CommonOptions } from './command.js';
import { exportCommand } from './exportModel.js';
import { productionCommands } from './production.js';

export function modelsCommand(): Command {
  return createGroup('models', 'The registry of trained models.', [
    list(),
    show(),
    ...productionCommands(),
    lineage(),
    exportCommand(),
  ]);
}

function list(): Command {
  return createCommand('list', 'List models with their latest version.', 'models list').action(
    async (options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const latest = await graftwork.models.list();
      const cards = await Promise.all(latest.map(({ name, version }) => graftwork.models.card(name, version)));
      const serving = await Promise.all(latest.map(({ name }) => graftwork.models.production.read(name)));
      answer(
        options,
        cards.map(({ name, version, createdAt, run, classes, backbone, evaluation }, index) => {
          return {
            name,
            version,
            production: serving[index]?.version ?? null,
            createdAt,
            run,
            classes: classes.length,
            backbone: backbone.name,
            top1: evaluation.top1,
          };
        }),
        () =>
          cards.length === 0
            ? 'No models yet: npx graftwork train <folder>'
            : listTable(
                cards,
                serving.map((production) => production?.version),
              ),
      );
    },
  );
}

function listTable(cards: readonly ModelCard[], serving: readonly (number | undefined)[]): string {
  return table(
    ['model', 'in production', 'test top-1', 'classes', 'backbone', 'made', 'run'],
    cards.map(({ name, version, evaluation, classes, backbone, createdAt, run }, index) => [
      `${name}@${version}`,
      serving[index] === undefined ? '–' : `${name}@${serving[index]}`,
      percent(evaluation.top1),
      classes.length,
      backbone.name,
      createdAt.slice(0, 16).replace('T', ' '),
      run,
    ]),
  );
}

function show(): Command {
  return createCommand('show', 'Show a model card.', 'models show birds@2')
    .argument('<model>', 'name, name@version, or the run that made it')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const { name, version } = await graftwork.resolveModel(model);
      const card = await graftwork.models.card(name, version);
      const versions = await graftwork.models.versions(name);
      const production = await graftwork.models.production.read(name);
      const decision = await graftwork.models.decision({ name, version });
      answer(options, card, () => cardText(card, versions, productionText(card, production?.version, decision)));
    });
}

function lineage(): Command {
  return createCommand(
    'lineage',
    'Show what a model was made of: data, weights and the models they come from, recipe, stages, software.',
    'models lineage birds@2',
  )
    .argument('<model>', 'name, name@version, or the run that made it')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await Graftwork.connect();
      const made = await graftwork.lineage(model);
      answer(options, made, () => lineageText(made));
    });
}

/** Whether it serves, and what was decided about that. */
function productionText(
  { name, version }: ModelCard,
  serving: number | undefined,
  decision: PromotionOutcome | undefined,
): string {
  const now = serving === undefined ? 'none' : serving === version ? 'this version' : `${name}@${serving}`;
  return decision === undefined
    ? now
    : `${now} (this one was ${decision.status} by ${decision.by}: ${decision.reason})`;
}

function cardText(card: ModelCard, versions: readonly number[], production: string): string {
  const { evaluation, backbone, dataset, parameters, input } = card;
  const summary = facts([
    ['model', `${card.name}@${card.version} (versions: ${versions.join(', ')})`],
    ['in production', production],
    ['made', `${card.createdAt.slice(0, 16).replace('T', ' ')} by ${card.run}`],
    [
      'test top-1',
      `${percent(evaluation.top1)} (95 % interval ${percent(evaluation.interval[0])} to ${percent(evaluation.interval[1])}, ${count(evaluation.count)} images)`,
    ],
    ['macro F1', evaluation.macroF1.toFixed(3)],
    ['calibration error', evaluation.calibration.expectedCalibrationError.toFixed(3)],
    ['backbone', `${backbone.name}, ${backbone.license}; weights ${short(backbone.sha256)} from ${backbone.source}`],
    ['input', `${input.crop} × ${input.crop} pixels of ${input.resize}, ${input.interpolation}`],
    ['parameters', `${count(parameters.count)} (${bytes(parameters.bytes)}, sha256 ${short(parameters.sha256)})`],
    ['dataset', `${dataset.uri} (version ${short(dataset.version)})`],
    ['recipe', `${card.spec.recipe}, seed ${card.spec.seed}`],
    ...card.stages.map((stage) => [stage.name, `${stage.kept ? 'kept' : 'dropped'}: ${stage.reason}`] as const),
  ]);
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  const classes = table(
    ['class', 'images', 'precision', 'recall', 'F1'],
    evaluation.perClass.map(({ class: name, support, precision, recall, f1 }) => [
      name,
      support,
      share(precision),
      share(recall),
      share(f1),
    ]),
  );
  return `${summary}\n\n${classes}`;
}
