/** Follows a run on the screen to its end, and reports the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { GraftworkError, errorCodes } from '../../contracts/errors.js';
import type { RunResult } from '../../contracts/run/result.js';
import { answer, say } from '../base/command.js';
import type { CommonOptions } from '../base/command.js';
import { diskTrouble } from '../stack/diskTrouble.js';
import { errorText } from '../../contracts/errorText.js';
import type { ProgressDisplay } from '../display/progressDisplay.js';
import { runTable, type RunLinks } from '../display/runTable.js';
import { statusText } from '../../contracts/run/statusText.js';
import type { Graftwork } from '../../client/graftwork.js';
import { nextCommands } from './nextCommands.js';
import type { RunHandle } from '../../client/runs/runHandle.js';
import { sourceNameOf } from '../../storage/datasets/sourceNames.js';

export interface FollowOptions {
  /** How long a server may be away, in milliseconds. @default 60000 */
  patience?: number;
  /** Milliseconds between two tries. @default 2000 */
  pause?: number;
  /** What is wrong with the machine of the stack, asked at each look; undefined: nothing. @default {@link diskTrouble} */
  trouble?: () => Promise<string | undefined>;
}

/** How long a server may be away, for a restart, before the following ends, in milliseconds. */
const outage = 60_000;

/**
 * Shows the run's progress until it has ended, and gives its result, whatever the end. A server that is away for a while is
 * waited for.
 *
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE or GW_S3_UNREACHABLE when it stays away; the run goes on all the same
 */
export async function followRun(
  run: Pick<RunHandle, 'id' | 'watch' | 'show'>,
  display: Pick<ProgressDisplay, 'run' | 'say'>,
  signal: AbortSignal,
  { patience = outage, pause = 2_000, trouble = diskTrouble }: FollowOptions = {},
): Promise<RunResult> {
  let awaySince: number | undefined;
  const machine = new SaidTrouble(trouble, display);
  for (;;) {
    try {
      for await (const status of run.watch({ signal })) {
        if (awaySince !== undefined) display.say('the service answers again');
        awaySince = undefined;
        await machine.look();
        display.run(status);
      }
      return await run.show();
    } catch (error) {
      if (!(error instanceof GraftworkError) || !error.retryable) throw error;
      if (awaySince === undefined) display.say(`waiting: ${error.message}`);
      await machine.look();
      awaySince ??= Date.now();
      if (Date.now() - awaySince >= patience) throw leftRunning(run.id, error, machine.now);
      await delay(pause, undefined, { signal });
    }
  }
}

/** What is wrong with the machine, said when it begins, when it becomes another trouble and when it is over. */
class SaidTrouble {
  now: string | undefined;

  constructor(
    private readonly ask: () => Promise<string | undefined>,
    private readonly display: Pick<ProgressDisplay, 'say'>,
  ) {}

  async look(): Promise<void> {
    const before = this.now;
    this.now = await this.ask();
    if (this.now === before) return;
    this.display.say(this.now ?? 'the disk has free space again');
  }
}

function leftRunning(run: string, error: GraftworkError, trouble: string | undefined): GraftworkError {
  const message = trouble === undefined ? error.message : `${error.message} The reason: ${trouble}`;
  return new GraftworkError(error.code, message, {
    remedy: `\`npx graftwork status\` says whether the stack runs. The run continues. Follow it: npx graftwork watch ${run}`,
    retryable: true,
    cause: error,
  });
}

/** What to say to somebody whose Ctrl-C ended the watching, not the run. */
export function detachedMessage(run: string): string {
  return [
    `Detached. Run ${run} continues.`,
    `  follow it: npx graftwork watch ${run}`,
    `  stop it:   npx graftwork cancel ${run}`,
  ].join('\n');
}

/**
 * Prints the result of a run that was followed.
 *
 * @param image a real image to name in the next commands
 * @returns exit code of the command
 */
export async function tellResult(
  graftwork: Graftwork,
  result: RunResult,
  options: CommonOptions,
  image?: string,
): Promise<0 | 1 | 2> {
  const links = await linksOf(graftwork, result, image);
  // The notes were news while it was followed.
  answer(options, result, () => runTable(result, { ...links, noted: true }));
  if (result.status === 'completed') return 0;
  const failure = failureOf(result);
  // The table names the failure; beside a JSON value it is named here. A run that was cancelled has not failed.
  if (options.json === true) say(result.status === 'canceled' ? failure.message : errorText(failure, false));
  return failure.exitCode;
}

/** What a run's table names beside the run. */
export async function linksOf(graftwork: Graftwork, result: RunResult, image?: string): Promise<RunLinks> {
  const { dataset, run } = result;
  return {
    ui: graftwork.uiAddress(run),
    next: nextCommands(result, image),
    ...(dataset === null ? {} : { source: await sourceNameOf(graftwork.store, dataset.uri, run) }),
  };
}

function failureOf({ run, status, failure }: RunResult): GraftworkError {
  if (failure === null) return new GraftworkError('GW_RUN_FAILED', `Run ${run} is ${statusText(status)}.`);
  const code = errorCodes.find((known) => known === failure.code) ?? 'GW_RUN_FAILED';
  return new GraftworkError(code, failure.message, failure.remedy === null ? {} : { remedy: failure.remedy });
}
