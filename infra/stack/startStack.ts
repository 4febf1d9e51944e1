import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkout, toolPath } from './checkout.js';
import { StackError } from './stackError.js';
import { readStack } from './stackState.js';
import type { StackState } from './stackState.js';
import type { SupervisorMessage } from './supervisor.js';
import { supervisorOf } from './supervisorLock.js';

/** Of Node's file errors those that say that a folder can never be a home, for this user or for anybody. */
const noHome = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

export interface StartStackOptions {
  home: string;
  /** One line per thing that is up. */
  onProgress?: (line: string) => void;
}

/**
 * Starts the embedded stack of a home, detached: it goes on when this process ends, until {@link stopStack}. Where one
 * runs already, returns that.
 * @throws StackError naming what did not come up, with its last words
 */
export async function startStack({ home, onProgress }: StartStackOptions): Promise<StackState> {
  const folder = resolve(home);
  const running = await readStack(folder);
  if (running !== undefined) return running;
  // Checked here, so that a checkout that is not set up is reported at once and plainly.
  toolPath(folder, 'temporal');
  toolPath(folder, 'weed');

  const log = openLog(folder);
  const supervisor = fork(fileURLToPath(new URL('./supervisor.js', import.meta.url)), [folder], {
    detached: true,
    cwd: folder,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const failure = await outcome(supervisor, onProgress);
  supervisor.unref();
  const state = await readStack(folder);
  if (state !== undefined) return state;
  // Another process may be starting the same stack at this moment: then it is that one we wait for.
  const other = await startedByAnother(folder);
  if (other !== undefined) return other;
  throw (
    failure ??
    new StackError('the stack ended right after its start', `Its log is ${join(folder, 'logs', 'supervisor.log')}.`)
  );
}

/** The first that is written in a home. @throws StackError when it may not be written */
function openLog(folder: string): number {
  try {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    borrowWeights(folder);
    return openSync(join(folder, 'logs', 'supervisor.log'), 'a', 0o600);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!noHome.has(code) || !(cause instanceof Error)) throw cause;
    throw new StackError(
      `${folder} cannot be used as Graftwork's folder: ${cause.message}`,
      'Set GRAFTWORK_HOME to a folder that you may write.',
      { cause },
    );
  }
}

/** The setup fetched the weights into the checkout; workers look for them in their home. */
function borrowWeights(folder: string): void {
  const [fetched, wanted] = [join(checkout, '.graftwork', 'weights'), join(folder, 'weights')];
  if (existsSync(fetched) && !existsSync(wanted)) symlinkSync(fetched, wanted);
}

function outcome(supervisor: ChildProcess, onProgress?: (line: string) => void): Promise<StackError | undefined> {
  return new Promise((done) => {
    supervisor.on('message', (message: SupervisorMessage) => {
      switch (message.kind) {
        case 'progress':
          onProgress?.(message.line);
          break;
        case 'ready':
          done(undefined);
          break;
        case 'failed':
          done(new StackError(message.message, message.remedy));
          break;
      }
    });
    supervisor.once('error', (cause) =>
      done(new StackError(`the supervisor did not start: ${cause.message}`, 'Try again.', { cause })),
    );
    supervisor.once('exit', () => done(undefined));
  });
}

async function startedByAnother(home: string): Promise<StackState | undefined> {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline) {
    if ((await supervisorOf(home)) === undefined) return undefined;
    const state = await readStack(home);
    if (state !== undefined) return state;
    await delay(200);
  }
  return undefined;
}
