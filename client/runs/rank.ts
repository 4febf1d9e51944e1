/** Ranks sources for a task, on the workers. */
import { resolve } from 'node:path';
import { rankWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import { rankReportSchema } from '../../contracts/models/ranking.js';
import type { RankReport, RankRequest } from '../../contracts/models/ranking.js';
import { parseSourceName } from '../../contracts/spec/sources/sources.js';
import type { SourceName } from '../../contracts/spec/sources/sources.js';
import { runFailure } from '../connection/failures.js';
import { factsIfPath } from '../folders/pathFacts.js';
import { keepRunSource } from '../../storage/datasets/runSources.js';
import { runSuffix, type GivenSource } from './startRun.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/** Sources as a person writes them (`name`, `name=weights`, `model:name@version`); the path of a file here is made absolute. */
export async function namedSources(texts: readonly string[]): Promise<SourceName[]> {
  return Promise.all(
    texts.map(async (text) => {
      const source = parseSourceName(text);
      if (source.weights === undefined) return source;
      const file = resolve(source.weights);
      const isHere = (await factsIfPath(file))?.isFile() === true;
      return isHere ? { ...source, weights: file } : source;
    }),
  );
}

/** @param options.given see `startRun` @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_DATASET_…, or what the workers met */
export async function rankSources(
  { client, visible }: TemporalConnection,
  request: RankRequest,
  { signal, given }: { signal?: AbortSignal | undefined; given?: GivenSource | undefined } = {},
): Promise<RankReport> {
  const workflowId = rankWorkflowId(visible.has('model') ? `${request.spec.name}-${runSuffix()}` : runSuffix());
  if (given !== undefined) await keepRunSource(given.store, workflowId, given.source);
  try {
    const handle = await client.workflow.start(workflowTypes.rank, {
      workflowId,
      taskQueue: taskQueues.workflow,
      args: [request],
      staticSummary: `sources for ${given?.source.from ?? request.spec.dataset.uri}`,
    });
    // Nobody else waits for the answer, and what was found is found again.
    signal?.addEventListener('abort', () => void handle.cancel().catch(() => undefined), { once: true });
    return rankReportSchema.parse(await handle.result());
  } catch (error) {
    throw runFailure(error, workflowId);
  }
}
