/** Answers calls that come over the IPC channel, one at a time; see commands.ts. */
import { createProgram, runProgram } from '../../cli/program.js';
import type { CommandAnswer, CommandCall } from './commands.js';

process.on('message', (call: CommandCall) => {
  void answer(call).then((answered) => process.send?.(answered));
});

async function answer({ args, env }: CommandCall): Promise<CommandAnswer> {
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
  const exit = await runProgram(createProgram(), [...args, '--json']);
  for (const name of Object.keys(env)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  return { exit, value: parsed(said.stdout), stderr: said.stderr };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
