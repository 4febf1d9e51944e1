/** Many commands in one process of their own, each as a program that calls it sees it. */
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../stacks/runCommand.js';

export interface CommandCall {
  args: readonly string[];
  /** Laid over the environment while the command runs. */
  env: Record<string, string>;
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

/** A process for commands whose own process is not what is looked at: it loads the program once. */
export class CommandsProcess implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  /** The call before: they share stdout. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param uid the user who gives the commands @default this one */
  constructor(uid?: number) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|TEMPORAL|GRAFTWORK|NODE_TEST)/.test(name));
    this.child = fork(program, {
      env: Object.fromEntries(inherited),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      ...(uid === undefined ? {} : { uid }),
    });
    this.ended = once(this.child, 'exit');
  }

  /**
   * What the command says, and how it ends; one after the other, however they are called.
   * @throws Error when a command ends the process
   */
  call(args: readonly string[], env: Record<string, string>): Promise<Outcome> {
    const outcome = this.last.then(async () => {
      const answered = once(this.child, 'message');
      this.child.send({ args, env } satisfies CommandCall);
      const came = await Promise.race([answered, this.ended.then(() => undefined)]);
      if (came === undefined) throw new Error(`${args.join(' ')} ended the process`);
      return came[0] as Outcome;
    });
    this.last = outcome.catch(() => undefined);
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }
}
