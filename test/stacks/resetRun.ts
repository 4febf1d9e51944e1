/** `temporal workflow reset`, as a person or a release does it: a run goes on in a new execution from an earlier point. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

/**
 * @param back how many workflow tasks before the last one the new execution begins, from how many there are
 * @throws Error when the run has no workflow task behind it yet
 */
export async function resetRun(
  { workflow, workflowService, options: { namespace } }: Client,
  workflowId: string,
  back: (tasks: number) => number = () => 0,
): Promise<void> {
  const { events } = await workflow.getHandle(workflowId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const task = tasks.at(-1 - back(tasks.length));
  if (task === undefined) throw new Error(`${workflowId} has no workflow task behind it`);
  await workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: task.eventId ?? null,
    requestId: randomUUID(),
    reason: 'a test',
  });
}
