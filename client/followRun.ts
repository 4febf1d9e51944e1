/** Follows a run on the screen to its end, and tells the end. */
import { GraftworkError, errorCodes } from '../contracts/errors.js';
import type { RunResult } from '../contracts/result.js';
import { answer, say } from './commands/command.js';
import type { CommonOptions } from './commands/command.js';
import { errorText } from './display/errorText.js';
import type { ProgressDisplay } from './display/progressDisplay.js';
import { runTable } from './display/runTable.js';
import type { Graftwork } from './graftwork.js';
import { nextCommands } from './nextCommands.js';
import type { RunHandle } from './runHandle.js';

/** Shows the run's progress until it has ended, and gives its result, whatever the end. */
export async function followRun(run: RunHandle, display: ProgressDisplay, signal: AbortSignal): Promise<RunResult> {
  for await (const status of run.watch({ signal })) display.run(status);
  return run.show();
}

/** What to say to somebody whose Ctrl-C ended the watching, not the run. */
export function detachedMessage(run: string): string {
  return [
    `Detached; run ${run} goes on.`,
    `  follow it: npx graftwork watch ${run}`,
    `  stop it:   npx graftwork cancel ${run}`,
  ].join('\n');
}

/**
 * Prints a run's result.
 *
 * @param image a real image to name in the next commands
 * @returns exit code of the command
 */
export function tellResult(graftwork: Graftwork, result: RunResult, options: CommonOptions, image?: string): 0 | 1 | 2 {
  const links = { ui: graftwork.uiAddress(result.run), next: nextCommands(result, image) };
  answer(options, result, () => runTable(result, links));
  if (result.status === 'completed') return 0;
  const failure = failureOf(result);
  // The table names the failure; beside a JSON value it is told here.
  if (options.json === true) say(errorText(failure, false));
  return failure.exitCode;
}

function failureOf({ run, status, failure }: RunResult): GraftworkError {
  if (failure === null) return new GraftworkError('GW_RUN_FAILED', `Run ${run} is ${status}.`);
  const code = errorCodes.find((known) => known === failure.code) ?? 'GW_RUN_FAILED';
  return new GraftworkError(code, failure.message, failure.remedy === null ? {} : { remedy: failure.remedy });
}
