/** Many commands in one process of their own, each as a program that calls it with `--json` sees it. */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CommandCall {
  args: readonly string[];
  /** Laid over the environment while the command runs. */
  env: Record<string, string>;
}

export interface CommandAnswer {
  exit: number;
  /** What stdout held, parsed; null where it was no JSON. */
  value: unknown;
  stderr: string;
}

/** `nobody`, to whom root's rights over all files do not extend. */
const nobody = 65_534;

/** A user who may not do everything: this one, unless it is root. Undefined where such a user cannot run the program. */
export function ordinaryUser(): { uid: number | undefined } | undefined {
  if (process.getuid?.() !== 0) return { uid: undefined };
  const { status } = spawnSync(process.execPath, ['--check', program], { uid: nobody });
  return status === 0 ? { uid: nobody } : undefined;
}

const program = fileURLToPath(new URL('./commandsProcess.js', import.meta.url));

/**
 * One after the other; the process ends with them.
 * @param uid the user who gives them @default this one
 * @throws Error when a command ends the process
 */
export async function* answersOf(calls: Iterable<CommandCall>, uid?: number): AsyncGenerator<CommandAnswer, undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|TEMPORAL|GRAFTWORK|NODE_TEST)/.test(name));
  const child = fork(program, {
    env: Object.fromEntries(inherited),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(uid === undefined ? {} : { uid }),
  });
  const ended = once(child, 'exit');
  try {
    for (const call of calls) {
      const answered = once(child, 'message');
      child.send(call);
      const came = await Promise.race([answered, ended.then(() => undefined)]);
      if (came === undefined) throw new Error(`${call.args.join(' ')} ended the process`);
      yield came[0] as CommandAnswer;
    }
    return undefined;
  } finally {
    child.disconnect();
    await ended;
  }
}
