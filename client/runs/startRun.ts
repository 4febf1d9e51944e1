/** Starts the training workflow under a name a person can find again. */
import { randomBytes } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { GraftworkError } from '../../contracts/errors.js';
import { keywordOf } from '../../contracts/keyword.js';
import { taskQueues, trainWorkflowId, workflowTypes } from '../../contracts/names.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { keepRunSource } from '../../storage/datasets/runSources.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { serviceFailure } from '../connection/failures.js';
import { runAttributes } from './runList.js';
import type { RunMemo } from './runList.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/** What a run has to remember of an upload, and the store that keeps it. */
export interface GivenSource {
  store: ObjectStore;
  source: RunSource;
}

/** `20250131-142501-9f3c5ad80c11e7b2`: sorts by time; 64 random bits keep starts of the same second apart. */
export function runSuffix(now = new Date(), random = randomBytes(8)): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random.toString('hex')}`;
}

/**
 * @param wanted the run's id; a name is made when it is left out
 * @param given what the run has to remember of an upload, and where; written before the run begins
 * @returns the run's id
 * @throws GraftworkError GW_CONFLICT when there is a run of that id.
 */
export async function startRun(
  { client, visible }: TemporalConnection,
  spec: RunSpec,
  wanted?: string,
  given?: GivenSource,
): Promise<string> {
  const { name, dataset, backbone, recipe, seed } = spec;
  const id = wanted ?? trainWorkflowId(visible.has('model') ? name : undefined, runSuffix());
  // A run that is there already keeps what it was given.
  if (given !== undefined && (wanted === undefined || !(await isThere(client, wanted)))) {
    await keepRunSource(given.store, id, given.source);
  }
  try {
    await client.workflow.start(workflowTypes.train, {
      workflowId: id,
      taskQueue: taskQueues.workflow,
      args: [spec],
      // A run's id names one run for ever: its record in the bucket lies under it.
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes: attributesOf(spec, visible),
      staticSummary: `${name}: ${backbone.name}, ${recipe} recipe`,
      staticDetails: [
        `**Dataset** ${given === undefined ? dataset.uri : `${given.source.from} (${dataset.uri})`}`,
        `**Backbone** ${backbone.name}${backbone.weights === undefined ? '' : ` (${backbone.weights})`}`,
        `**Recipe** ${recipe}, seed ${seed}`,
      ].join('\n\n'),
      memo: { dataset: dataset.uri, model: name, backbone: backbone.name, recipe, seed } satisfies RunMemo,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new GraftworkError('GW_CONFLICT', `A run ${id} already exists.`, {
        remedy: `Follow it with \`graftwork watch ${id}\`, or choose another id.`,
        exitCode: 2,
        cause: error,
      });
    }
    throw serviceFailure(error, id);
  }
  return id;
}

async function isThere(client: TemporalConnection['client'], id: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(id).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw serviceFailure(error, id);
  }
}

/** What lists are searched by. Temporal reads these, encrypted payloads or not. */
export function attributesOf({ name, dataset, backbone }: RunSpec, visible: TemporalConnection['visible']) {
  return [
    ...(visible.has('dataset') ? [{ key: runAttributes.dataset, value: keywordOf(dataset.uri) }] : []),
    ...(visible.has('model') ? [{ key: runAttributes.model, value: keywordOf(name) }] : []),
    ...(visible.has('backbone') ? [{ key: runAttributes.backbone, value: keywordOf(backbone.name) }] : []),
  ];
}
