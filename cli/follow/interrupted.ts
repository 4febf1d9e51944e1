/** Ctrl-C: the command ends, the run does not. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs `work` with a signal that Ctrl-C aborts. A second Ctrl-C ends the process at once.
 *
 * @param message what the person reads when it was Ctrl-C that ended `work`; asked for then
 * @throws Interrupted
 */
export async function interruptible<T>(message: () => string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = (): void => controller.abort();
  process.once('SIGINT', onInterrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw new Interrupted(message(), { cause: error });
    throw error;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}
