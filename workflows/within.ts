import { CancellationScope, isCancellation } from '@temporalio/workflow';

/**
 * Does work that must not go on beyond a point in time: what it has under way then is cancelled, and waited for.
 *
 * @param until milliseconds since the epoch (workflow time); null: no limit
 * @returns undefined when the time was up
 */
export async function within<T>(until: number | null, work: () => Promise<T>): Promise<T | undefined> {
  if (until === null) return work();
  const left = until - Date.now();
  if (left <= 0) return undefined;
  const scope = new CancellationScope({ cancellable: true, timeout: left });
  try {
    return await scope.run(work);
  } catch (error) {
    const timeIsUp =
      isCancellation(error) && scope.consideredCancelled && !CancellationScope.current().consideredCancelled;
    if (timeIsUp) return undefined;
    throw error;
  }
}
