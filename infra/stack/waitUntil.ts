import { setTimeout as delay } from 'node:timers/promises';
import type { OwnedProcess } from './ownedProcess.js';
import { StackError } from './stackError.js';

/**
 * Polls until a server answers.
 * @param answers one attempt; a rejection counts as no
 * @param timeoutMs how long to wait at most; long by default, since a machine may have much else to do, and one that ends is not
 * waited for
 * @throws StackError with the server's last words when it ends or the time is up
 */
export async function waitUntil(
  server: OwnedProcess,
  answers: () => Promise<boolean>,
  timeoutMs = 180_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const { name, log } = server.launch;
  while (server.running) {
    if (await answers().catch(() => false)) return;
    if (Date.now() > deadline) {
      throw new StackError(
        `${name} does not answer after ${timeoutMs / 1000} s:\n${server.lastWords()}`,
        `Its log is ${log}.`,
      );
    }
    await Promise.race([delay(100), server.exited]);
  }
  const { code, signal, error } = await server.exited;
  const how = error?.message ?? (signal === null ? `exit code ${code}` : signal);
  throw new StackError(`${name} ended while it started (${how}):\n${server.lastWords()}`, `Its log is ${log}.`);
}
