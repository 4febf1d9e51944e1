import type { Command } from 'commander';
import { asGraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import { headlineOf } from '../../learning/metrics/headline.js';
import { judgeMacroF1, judgeTop1 } from '../../learning/metrics/judgement.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { errorText } from '../../contracts/errorText.js';
import { classFigures } from '../display/classFigures.js';
import { errorJson } from '../display/errorJson.js';
import { calibrationText } from '../../client/text/calibrationText.js';
import { bytes, count, counted, moment, percent, short } from '../../client/text/format.js';
import { inputText } from '../../client/text/inputText.js';
import { lineageText, sourcesOf } from '../display/lineageText.js';
import { figureOf, testColumn } from '../display/testColumn.js';
import { facts, table } from '../terminal/table.js';
import { isDamaged, listModels, type DamagedModel, type ListedModel } from './modelList.js';
import { sourceNameOf, sourceNames } from '../../storage/datasets/sourceNames.js';
import { answer, createCommand, createGroup, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';
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
  return createCommand(
    'list',
    'List models with their latest version, or all versions of one. Exit code 1 if one of them is damaged.',
    'models list birds',
  )
    .argument('[model]', 'name of the model whose versions are listed')
    .action(async (wanted: string | undefined, options: CommonOptions) => {
      await using graftwork = await connect();
      const models = await listModels(graftwork.models, wanted);
      const damaged = models.filter(isDamaged);
      answer(
        options,
        models.map((model) => (isDamaged(model) ? { ...model, ...errorJson(model.error) } : model)),
        () => (models.length === 0 ? 'No models yet: npx graftwork train <folder>' : listTable(models)),
      );
      for (const { name, version, error } of damaged) {
        say(`${name}@${version}: ${errorText(error, options.verbose === true)}`);
      }
      if (damaged.length > 0) process.exitCode = 1;
    });
}

function listTable(models: readonly (ListedModel | DamagedModel)[]): string {
  const tests = testColumn(models.map((model) => (isDamaged(model) ? undefined : figureOf(model))));
  return table(
    ['model', 'in production', tests.title, 'classes', 'backbone', 'made', 'run'],
    models.map((model, row) => {
      const named = `${model.name}@${model.version}`;
      if (isDamaged(model)) return [named, 'damaged', '', '', '', '', ''];
      const { name, production, classes, backbone, createdAt, run } = model;
      const serving = production === null ? '–' : `${name}@${production}`;
      return [named, serving, tests.cells[row] ?? '', classes, backbone, moment(createdAt), run];
    }),
  );
}

function show(): Command {
  return createCommand('show', 'Show the card of a model.', 'models show birds@2')
    .argument('<model>', 'name, name@version, or the run that made it')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const { name, version } = await graftwork.resolveModel(model);
      const card = await graftwork.models.card(name, version);
      const versions = await graftwork.models.versions(name);
      const decision = await graftwork.models.decision({ name, version });
      const serving = await whatServes(graftwork.models, card);
      const source = await sourceNameOf(graftwork.store, card.dataset.uri, card.run);
      answer(options, card, () => cardText(card, versions, productionText(serving, decision), source));
    });
}

function lineage(): Command {
  return createCommand(
    'lineage',
    'Show the origin of a model: data, weights and the models they come from, recipe, stages, software.',
    'models lineage birds@2',
  )
    .argument('<model>', 'name, name@version, or the run that made it')
    .action(async (model: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const made = await graftwork.lineage(model);
      const named = await sourceNames(graftwork.store, sourcesOf(made));
      answer(options, made, () => lineageText(made, named));
    });
}

/** What is in production beside a card, in words; why that is unknown, where its own card is gone or another model's. */
async function whatServes(models: ModelRegistry, { name, version }: ModelCard): Promise<string> {
  try {
    const serving = (await models.serving(name))?.card.version;
    return serving === undefined ? 'none' : serving === version ? 'this version' : `${name}@${serving}`;
  } catch (thrown) {
    const { code, message, remedy } = asGraftworkError(thrown);
    if (code !== 'GW_CORRUPT') throw thrown;
    return `damaged: ${message} ${remedy ?? ''}`;
  }
}

/** Whether it serves, and what was decided about that. */
function productionText(now: string, decision: PromotionOutcome | undefined): string {
  return decision === undefined
    ? now
    : `${now} (this one was ${decision.status} by ${decision.by}: ${decision.reason})`;
}

/** undefined where the model answers as it was trained. */
function temperatureText({ calibration }: ModelCard): string | undefined {
  if (calibration === undefined) return undefined;
  return `${calibration.temperature.toFixed(3)}, fitted on ${counted(calibration.count, 'validation picture')}`;
}

function cardText(card: ModelCard, versions: readonly number[], production: string, source: string): string {
  const { evaluation, backbone, dataset, parameters, input } = card;
  const { views } = card.spec.evaluation.testTimeAugmentation;
  const { bins } = evaluation.calibration;
  const headline = headlineOf(evaluation);
  const summary = facts([
    ['model', `${card.name}@${card.version} (versions: ${versions.join(', ')})`],
    ['in production', production],
    ['made', `${moment(card.createdAt)} by ${card.run}`],
    [
      `test ${headline.name}`,
      `${percent(headline.value)} (95 % interval ${percent(headline.interval[0])} to ${percent(headline.interval[1])}, ${count(evaluation.count)} images${views > 1 ? ` in ${views} views each; predict and exports look at one` : ''})`,
    ],
    ['', judgeTop1(evaluation)?.text],
    ['micro F1', evaluation.multiLabel && percent(evaluation.multiLabel.microF1)],
    ['macro F1', `${percent(evaluation.macroF1)}, ${judgeMacroF1(evaluation).text}`],
    ['calibration error', calibrationText(bins)],
    ['temperature', temperatureText(card)],
    ['backbone', `${backbone.name}, ${backbone.license}; weights ${short(backbone.sha256)} from ${backbone.source}`],
    ['input', inputText(input)],
    ['parameters', `${count(parameters.count)} (${bytes(parameters.bytes)}, sha256 ${short(parameters.sha256)})`],
    ['dataset', `${source} (version ${short(dataset.version)})`],
    ['recipe', `${card.spec.recipe}, seed ${card.spec.seed}`],
    ...card.stages.map((stage) => [stage.name, `${stage.kept ? 'kept' : 'dropped'}: ${stage.reason}`] as const),
  ]);
  return `${summary}\n\n${classFigures(evaluation)}`;
}
