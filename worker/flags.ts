/** The flags of a worker: of its own program, and of `graftwork worker`, which starts that program. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { pools, type Pool } from '../contracts/names.js';

export interface WorkerFlags {
  pool: Pool[];
  devices?: string;
  requireGpu: boolean;
  /** Seconds. */
  grace: number;
}

/** Adds the description, the flags and an example. */
export function addWorkerFlags(command: Command): Command {
  return command
    .description('Serve worker pools until SIGTERM or Ctrl-C.')
    .addOption(new Option('--pool <name...>', 'pools to serve').choices(pools).default([...pools]))
    .option(
      '--devices <ids>',
      'CUDA devices of the gpu pool, e.g. 0,1; default: all that nvidia-smi lists, else the CPU',
    )
    .option('--require-gpu', 'refuse to work without a GPU that TensorFlow can use', false)
    .option('--grace <seconds>', 'time to checkpoint and end after SIGTERM', seconds, 15)
    .addHelpText(
      'after',
      '\nGRAFTWORK_METRICS_ADDRESS and GRAFTWORK_HEALTH_ADDRESS (host:port) serve metrics and answer probes.\n\nExample:\n  $ npx graftwork worker --pool gpu --devices 0,1',
    );
}

/** The flags as words of a command line. */
export function flagWords({ pool, devices, requireGpu, grace }: WorkerFlags): string[] {
  return [
    ...['--pool', ...pool],
    ...(devices === undefined ? [] : ['--devices', devices]),
    ...(requireGpu ? ['--require-gpu'] : []),
    ...['--grace', String(grace)],
  ];
}

/** Longer than anybody waits for a machine; a timer of more than 24 days would end at once. Seconds. */
const longestGrace = 86_400;

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= longestGrace && text.trim() !== '') return value;
  throw new InvalidArgumentError(`Give a number of seconds, at most ${longestGrace}.`);
}
