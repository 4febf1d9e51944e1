/** The command line as a whole: which commands there are, and what a failure looks like from outside. */
import { CommanderError, type Command } from 'commander';
import { asGraftworkError } from '../contracts/errors.js';
import { errorText } from '../contracts/errorText.js';
import { quiet, say } from './base/command.js';
import { GraftworkCommand } from './base/listOption.js';
import { asUsageError } from './base/usageError.js';
import { approvalCommands } from './commands/approve.js';
import { augmentCommand } from './commands/augment.js';
import { codecServerCommand } from './commands/codecServer.js';
import { datasetsCommand } from './commands/datasets/datasets.js';
import { doctorCommand } from './commands/doctor.js';
import { downCommand } from './commands/down.js';
import { evaluateCommand } from './commands/evaluate.js';
import { gcCommand } from './commands/gc.js';
import { modelsCommand } from './commands/models.js';
import { predictCommand } from './commands/predict.js';
import { rankCommand } from './commands/rank.js';
import { reportCommand } from './commands/report.js';
import { reviewCommand } from './commands/review.js';
import { runsCommand } from './commands/runs.js';
import { scheduleCommand } from './commands/schedule.js';
import { schemaCommand } from './commands/schema.js';
import { showCommand } from './commands/show.js';
import { statusCommand } from './commands/status.js';
import { steeringCommands } from './commands/steer.js';
import { trainCommand } from './commands/train.js';
import { upCommand } from './commands/up.js';
import { watchCommand } from './commands/watch.js';
import { weightsCommand } from './commands/weights.js';
import { workerCommand } from './commands/worker.js';
import { errorJson } from './display/errorJson.js';
import { Interrupted } from './follow/interrupted.js';
import { version } from '../client/connection/version.js';

export function createProgram(): Command {
  const program = quiet(new GraftworkCommand('npx graftwork')).description(
    'Durable transfer learning: from labelled images to a fine-tuned, honestly evaluated, registered classifier.',
  );
  program.version(version);
  const commands = [
    upCommand(),
    downCommand(),
    statusCommand(),
    workerCommand(),
    trainCommand(),
    rankCommand(),
    reviewCommand(),
    watchCommand(),
    runsCommand(),
    showCommand(),
    reportCommand(),
    ...steeringCommands(),
    modelsCommand(),
    weightsCommand(),
    scheduleCommand(),
    ...approvalCommands(),
    predictCommand(),
    evaluateCommand(),
    augmentCommand(),
    datasetsCommand(),
    gcCommand(),
    doctorCommand(),
    codecServerCommand(),
    schemaCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return program.addHelpText('after', '\nExample:\n  $ npx graftwork train photos/ --name my-model');
}

/**
 * Runs one command.
 *
 * @param args the arguments, without node and script
 * @returns exit code: 0 done, 1 failed, 2 the user's mistake, 130 interrupted
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  endQuietlyWithReader(process.stdout);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    const flags = { json: args.includes('--json'), verbose: args.includes('--verbose') };
    return exitCodeOf(thrown instanceof CommanderError ? asUsageError(thrown, program, args) : thrown, flags);
  }
}

/** `graftwork runs | head -1` is no failure: when nobody reads on, there is nothing left to say. */
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

/** Reports the failure, and gives the exit code for it. */
export function exitCodeOf(thrown: unknown, { json, verbose }: { json: boolean; verbose: boolean }): number {
  if (thrown instanceof Interrupted) {
    say(thrown.message);
    return 130;
  }
  if (thrown instanceof CommanderError) return 0;
  const error = asGraftworkError(thrown);
  if (json) process.stdout.write(`${JSON.stringify(errorJson(error), null, 2)}\n`);
  say(errorText(error, verbose));
  return error.exitCode;
}
