/** One round: runs that are disturbed, and what became of them. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Graftwork, RunHandle, RunResult, UserSpec } from '../../client/index.js';
import { listModels } from '../../cli/commands/modelList.js';
import { asGraftworkError } from '../../contracts/errors.js';
import { orphansOf } from './orphans.js';
import { RedoneWork } from './redoneWork.js';
import { agrees, type Made } from './made.js';
import type { Steering } from './steering.js';

/** A set of images, and how a model is made of them. */
export interface SoakSet {
  name: string;
  folder: string;
  spec: UserSpec;
}

/** Milliseconds after which a run counts as lost. */
const longest = 20 * 60_000;

/** Forgets all that a run could reuse; sources and registered models stay. */
export async function forget({ store }: Graftwork, home: string): Promise<void> {
  for await (const { key } of store.list('')) {
    if (!/^(?:uploads|models)\//.test(key)) await store.delete(key);
  }
  const cache = join(home, 'cache');
  for (const name of await readdir(cache).catch(() => []))
    await rm(join(cache, name), { recursive: true, force: true });
}

/** @returns what the run made; undefined when it was lost, with the reason given to `lost` */
export async function follow(
  graftwork: Graftwork,
  run: RunHandle,
  redone: RedoneWork,
  lost: (reason: string) => void,
): Promise<Made | undefined> {
  const deadline = Date.now() + longest;
  while (Date.now() < deadline) {
    try {
      const status = await run.status();
      redone.sample(run.id, status.activities, performance.now() / 1000);
      if (status.status !== 'running' && status.status !== 'paused') return await made(graftwork, await run.result());
    } catch (thrown) {
      const error = asGraftworkError(thrown);
      // While Temporal or the store is away there is no answer; that is no loss.
      if (!error.retryable && error.code !== 'GW_TEMPORAL_UNREACHABLE') {
        lost(`${error.code}: ${error.message}`);
        return undefined;
      }
    }
    await delay(300);
  }
  lost(`it did not end within ${longest / 60_000} minutes`);
  return undefined;
}

async function made(graftwork: Graftwork, { run, model, stages, test }: RunResult): Promise<Made> {
  if (model === null) throw new Error('the run made no model');
  const card = await graftwork.models.card(model.name, model.version);
  const versions = await listModels(graftwork.models, model.name);
  return {
    parameters: card.parameters.sha256,
    stages: stages.map(({ name, epochs, kept }) => ({
      name,
      kept,
      epochs: epochs.map(({ epoch, loss, validation }) => ({ epoch, loss, validation })),
    })),
    test,
    versions: versions.filter((version) => 'run' in version && version.run === run).length,
  };
}

export interface RoundOutcome {
  /** Reasons, one for each run that was lost. */
  lost: string[];
  /** Names of sets whose run did not make what the undisturbed one made, as far as it was let. */
  mismatches: string[];
  /** Command lines. */
  orphans: string[];
  redoneSeconds: number;
}

/** Runs all sets at once; the caller disturbs them meanwhile, and steers those that `steering` hears of. */
export async function soakRound(
  graftwork: Graftwork,
  home: string,
  sets: readonly SoakSet[],
  undisturbed: ReadonlyMap<string, Made>,
  steering: Steering,
): Promise<RoundOutcome> {
  const outcome: RoundOutcome = { lost: [], mismatches: [], orphans: [], redoneSeconds: 0 };
  const redone = new RedoneWork();
  await Promise.all(
    sets.map(async ({ name, folder, spec }) => {
      const run = await graftwork.train(folder, { spec });
      steering.began(run);
      const result = await follow(graftwork, run, redone, (reason) => outcome.lost.push(`${run.id}: ${reason}`));
      const expected = undisturbed.get(name);
      if (result === undefined || expected === undefined) return;
      if (!agrees(result, expected, steering.finished.has(run.id))) outcome.mismatches.push(name);
    }),
  );
  outcome.orphans = (await orphansOf(home)).map(({ command }) => command.slice(0, 120));
  outcome.redoneSeconds = redone.most;
  return outcome;
}
