import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { GraftworkError, type SerializedError } from '../../contracts/errors.js';
import { requireCheckout } from '../../client/connection/clientAlone.js';
import { findEndpoints } from '../../client/connection/endpoints.js';
import { addWorkerFlags, flagWords, type WorkerFlags } from '../../worker/flags.js';
import { quiet } from '../base/command.js';
import { GraftworkCommand } from '../base/listOption.js';

/** The worker is a program of its own, so that the client never loads what only workers need. */
const program = fileURLToPath(new URL('../../worker/underCommand.js', import.meta.url));

export function workerCommand(): Command {
  return addWorkerFlags(quiet(new GraftworkCommand('worker'))).action(async (flags: WorkerFlags) => {
    requireCheckout('A worker', 'Run it in a checkout, or in the container image.');
    const worker = spawn(process.execPath, [program, ...flagWords(flags)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: await workerVariables(),
    });
    let failure: GraftworkError | undefined;
    worker.on('message', (message) => {
      // It also says that it serves.
      if (typeof message === 'object') failure = GraftworkError.fromJSON(message as SerializedError);
    });
    const pass = (signal: NodeJS.Signals): void => {
      // A terminal sends Ctrl-C to both; the worker ends in its own time, and this process waits for it.
      if (signal !== 'SIGINT') worker.kill(signal);
    };
    process.on('SIGINT', pass).on('SIGTERM', pass);
    const [code, signal] = (await once(worker, 'close')) as [number | null, NodeJS.Signals | null];
    if (failure !== undefined) throw failure;
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

/** The checkout's home, too, where no other is named: the worker's own default is a folder of wherever it was started. */
async function workerVariables(): Promise<NodeJS.ProcessEnv> {
  const { variables, home } = await findEndpoints();
  return { ...variables, GRAFTWORK_HOME: home };
}
