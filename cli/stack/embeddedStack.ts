/** The embedded stack as the command line uses it: its failures in the client's own words. */
import { GraftworkError } from '../../contracts/errors.js';
import { StackError, defaultHome, readStack, startStack, stopStack } from '../../infra/stack.js';
import type { StackState } from '../../infra/stack.js';
import { nameServers, requireCheckout } from '../../client/connection/clientAlone.js';
import { temporalConfigured } from '../../client/connection/endpoints.js';

/** Starts the stack of this checkout, or finds it running. It stays when this process ends. */
export async function startEmbeddedStack(say: (line: string) => void, home = defaultHome()): Promise<StackState> {
  if ((await readStack(home)) === undefined) requireCheckout('The embedded stack', nameServers);
  return told(() => startStack({ home, onProgress: say }));
}

/** @returns whether one was running */
export async function stopEmbeddedStack(home = defaultHome()): Promise<boolean> {
  return told(() => stopStack(home));
}

/**
 * Makes sure that there is a Temporal to talk to: the one the environment or a profile names, else the embedded one, which
 * is started if need be. For commands that bring pictures in; those that look or steer say instead how it is started.
 */
export async function ensureStack(say: (line: string) => void, home = defaultHome()): Promise<void> {
  if (temporalConfigured() || (await readStack(home)) !== undefined) return;
  requireCheckout('The embedded stack', nameServers);
  say('No stack is running: starting the embedded one (as `npx graftwork up --detach` does).');
  const { ui } = await startEmbeddedStack(say, home);
  say(`The stack is up; Temporal UI: ${ui}. Stop it with npx graftwork down.`);
}

async function told<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    throw new GraftworkError('GW_STACK', error.message, { remedy: error.remedy, cause: error });
  }
}
