import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { requireCheckout } from '../../client/connection/clientAlone.js';
import { findEndpoints } from '../../client/connection/endpoints.js';
import { quiet } from '../base/command.js';

/** The worker is a program of its own, so that the client never loads what only workers need. */
const program = fileURLToPath(new URL('../../worker/main.js', import.meta.url));

export function workerCommand(): Command {
  return quiet(new Command('worker'))
    .description('Serve worker pools until SIGTERM or Ctrl-C (see worker --help).')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]', 'flags of the worker, e.g. --pool gpu --devices 0,1')
    .action(async (flags: string[]) => {
      requireCheckout('A worker', 'Run it in a checkout, or in the container image.');
      const help = flags.includes('--help') || flags.includes('-h');
      const variables = help ? process.env : await workerVariables();
      const worker = spawn(process.execPath, [program, ...flags], { stdio: 'inherit', env: variables });
      const pass = (signal: NodeJS.Signals): void => {
        // A terminal sends Ctrl-C to both; the worker ends in its own time, and this process waits for it.
        if (signal !== 'SIGINT') worker.kill(signal);
      };
      process.on('SIGINT', pass).on('SIGTERM', pass);
      const [code, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
      process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
    });
}

/** The checkout's home, too, where no other is named: the worker's own default is a folder of wherever it was started. */
async function workerVariables(): Promise<NodeJS.ProcessEnv> {
  const { variables, home } = await findEndpoints();
  return { ...variables, GRAFTWORK_HOME: home };
}
