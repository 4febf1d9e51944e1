import { workflowTypes } from '../../contracts/names.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/**
 * The training run that a retraining started; undefined where it started none (yet).
 *
 * @param execution which one, where several had that id @default the latest
 * @throws whatever Temporal throws
 */
export async function trainingChildOf(
  { client }: Pick<TemporalConnection, 'client'>,
  retraining: string,
  execution?: string,
): Promise<string | undefined> {
  const { events } = await client.workflow.getHandle(retraining, execution).fetchHistory();
  const begun = (events ?? []).map((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
  return begun.find((child) => child?.workflowType?.name === workflowTypes.train)?.workflowId ?? undefined;
}
