/** Which version of a model serves: promote, roll back, look back, compare. */
import type { Command } from 'commander';
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { Production } from '../../contracts/models/production.js';
import { sourceNameOf } from '../../storage/datasets/sourceNames.js';
import { earlierPromotion } from '../../storage/registry/productionPointer.js';
import { requirePromoted } from '../../storage/registry/promotedCard.js';
import { checkedDecision } from '../../client/runs/checkedDecision.js';
import { comparisonText } from '../display/comparisonText.js';
import { moment } from '../../client/text/format.js';
import { table } from '../terminal/table.js';
import { lostByLastMove } from '../stack/lostByMove.js';
import { personHere } from '../../client/connection/personHere.js';
import type { Graftwork } from '../../client/graftwork.js';
import { answer, createCommand, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { connect } from '../base/connect.js';

type MoveOptions = CommonOptions & { why: string; by?: string; expect?: number | null };

/** The moment this command was given: what others did after it was not known then. */
const decidedAt = performance.timeOrigin;

export function productionCommands(): Command[] {
  return [promote(), rollback(), history(), compare()];
}

function addMoveOptions(command: Command): Command {
  return command
    .option('--why <text>', 'reason; recorded in the history', '')
    .option('--by <name>', 'person who decides; default: the user of this machine')
    .option('--expect <version>', 'change production only if this version (or none) is there now', expectedVersion);
}

function expectedVersion(text: string): number | null {
  if (text === 'none') return null;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new GraftworkError('GW_USAGE', `--expect: “${text}” is not a version.`, { remedy: 'Write a number, or none.' });
}

function promote(): Command {
  return addMoveOptions(
    createCommand(
      'promote',
      'Put a version into production.',
      'models promote birds@3 --why "better on owls"',
    ).argument('<model>', 'name@version, name@latest, or the run that made it'),
  ).action(async (text: string, { why, by, expect, ...options }: MoveOptions) => {
    const move = checkedDecision({ by: by ?? personHere(), why });
    await using graftwork = await connect();
    const { name, version } = await graftwork.resolveModel(
      text.includes('@') ? text : await latestOrRun(graftwork, text),
    );
    const card = await graftwork.models.card(name, version);
    const production = await graftwork.models.production.promote(card, move, { expected: expect, decidedAt });
    answer(options, production, () => movedText(production));
    await warnOfLostClasses(graftwork, production);
  });
}

/** A bare name would mean what serves already; to promote it means the latest. */
async function latestOrRun(graftwork: Graftwork, text: string): Promise<string> {
  const versions = await graftwork.models.versions(text);
  return versions.length === 0 ? text : `${text}@latest`;
}

function rollback(): Command {
  return addMoveOptions(
    createCommand('rollback', 'Put the previous version back into production.', 'models rollback birds').argument(
      '<model>',
      'name of the model',
    ),
  ).action(async (name: string, { why, by, expect, ...options }: MoveOptions) => {
    const move = checkedDecision({ by: by ?? personHere(), why });
    await using graftwork = await connect();
    // An unknown name is reported as such, and so is a version that is no longer there.
    await graftwork.models.resolve(`${name}@latest`);
    const now = await graftwork.models.production.read(name);
    const before = now && earlierPromotion(now);
    if (before !== undefined) {
      const { to: version, parameters } = before;
      requirePromoted({ name, version, parameters }, await graftwork.models.card(name, version));
    }
    const production = await graftwork.models.production.rollback(name, move, { expected: expect, decidedAt });
    answer(options, production, () => movedText(production));
    await warnOfLostClasses(graftwork, production);
  });
}

async function warnOfLostClasses(graftwork: Graftwork, production: Production): Promise<void> {
  const lost = await lostByLastMove(graftwork.models, production);
  if (lost !== undefined) say(lost);
}

function movedText({ name, version, history }: Production): string {
  const { from = null, by = '', at = '' } = history.at(-1) ?? {};
  const before = from === null ? 'before: nothing' : `before: ${name}@${from}`;
  return `${name}@${version} is in production (${before}; by ${by}, ${moment(at)})`;
}

function history(): Command {
  return createCommand(
    'history',
    'Show which version was in production when, who moved it, and why.',
    'models history birds',
  )
    .argument('<model>', 'name of the model')
    .action(async (name: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const production = await graftwork.models.production.read(name);
      // Unknown names are distinguished from models of which nothing is in production.
      if (production === undefined) await graftwork.models.resolve(`${name}@latest`);
      answer(options, production ?? { name, version: null, history: [] }, () =>
        production === undefined
          ? `No version of ${name} has been in production.`
          : table(
              ['when', 'version', 'before', 'how', 'by', 'why'],
              production.history
                .toReversed()
                .map(({ at, to, from, kind, by, why }) => [
                  moment(at),
                  `${name}@${to}`,
                  from === null ? '–' : `${name}@${from}`,
                  kind,
                  by,
                  why,
                ]),
            ),
      );
    });
}

/** What a person called the pictures that the model was made of. */
async function sourceOf({ models, store }: Graftwork, { name, version }: ModelReference): Promise<string> {
  const { dataset, run } = await models.card(name, version);
  return sourceNameOf(store, dataset.uri, run);
}

function compare(): Command {
  return createCommand(
    'compare',
    'Compare two versions on the test pictures that both were evaluated on.',
    'models compare birds@2 birds@3',
  )
    .argument('<first>', 'name@version, or a run')
    .argument('<second>', 'name@version, or a run')
    .action(async (first: string, second: string, options: CommonOptions) => {
      await using graftwork = await connect();
      const comparison = await graftwork.compare(first, second);
      const sources = [
        await sourceOf(graftwork, comparison.first),
        await sourceOf(graftwork, comparison.second),
      ] as const;
      answer(options, comparison, () => comparisonText(comparison, sources));
    });
}
