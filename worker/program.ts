/** The program of a worker, apart from where it reports a failure. */
import { Command, CommanderError } from 'commander';
import { asGraftworkError, GraftworkError } from '../contracts/errors.js';
import { usageText } from '../contracts/usageText.js';
import { addWorkerFlags, type WorkerFlags } from './flags.js';
import { serve } from './serve.js';

/**
 * Serves as the arguments of this process say, until it is stopped.
 *
 * @param report gets what went wrong; the exit code is set by then
 */
export async function runWorker(report: (error: GraftworkError) => void): Promise<void> {
  const command = addWorkerFlags(new Command('npx graftwork worker'))
    // A mistake in the flags is reported and counted as every other mistake: exit code 2.
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    // Beside long flags, too, help is folded between words.
    .configureHelp({ minWidthToWrap: 16 });
  try {
    await command.parseAsync();
    await serve(command.opts<WorkerFlags>());
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return; // --help
    const error = thrown instanceof CommanderError ? usageError(thrown) : asGraftworkError(thrown);
    process.exitCode = error.exitCode;
    report(error);
  }
}

function usageError(error: CommanderError): GraftworkError {
  return new GraftworkError('GW_USAGE', usageText(error), {
    remedy: 'See `npx graftwork worker --help`.',
    cause: error,
  });
}
