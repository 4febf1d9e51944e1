/** Answers calls that come over the IPC channel, one at a time; see commands.ts. */
import { createProgram, runProgram } from '../../cli/program.js';
import type { Outcome } from '../stacks/runCommand.js';
import type { CommandCall } from './commands.js';

process.on('message', (call: CommandCall) => {
  void outcomeOf(call).then((outcome) => process.send?.(outcome));
});

async function outcomeOf({ args, env }: CommandCall): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (part: string | Uint8Array) => {
      said[stream] += String(part);
      return true;
    };
  }
  const before = { ...process.env };
  Object.assign(process.env, env);
  process.exitCode = undefined;
  const code = await runProgram(createProgram(), args);
  // Each call adds one that ends the process when nobody reads.
  process.stdout.removeAllListeners('error');
  for (const name of Object.keys(env)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  return { code, ...said };
}
