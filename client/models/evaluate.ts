/** Tests a registered model on labelled pictures, on the workers. */
import type { LabelPicturesInput } from '../../contracts/activities/evaluationActivities.js';
import { evaluateOnPicturesOutputSchema } from '../../contracts/activities/evaluationActivities.js';
import { datasetSpecSchema } from '../../contracts/spec/sources/datasetSpec.js';
import { pictureTestSchema, type PictureTest } from '../../contracts/models/pictureTest.js';
import { evaluateWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { GraftworkError } from '../../contracts/errors.js';
import { issueText } from '../../contracts/issueText.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { keepRunSource } from '../../storage/datasets/runSources.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { runFailure } from '../connection/failures.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { bringLabels, labelsBeside } from '../folders/labelsFile.js';
import { bringSource } from '../folders/source.js';
import { runSuffix } from '../runs/startRun.js';

export interface EvaluateOptions {
  /** Whether pictures that the model was trained on are tested, too. @default false */
  keepSeen?: boolean;
  /** Pattern of paths that belong together, as `dataset.groupBy`: groups that training had pictures of are left out. */
  groupBy?: string;
}

/**
 * @param source labelled pictures: a folder of class folders or a list, local or at an s3:// address
 * @throws GraftworkError GW_USAGE, GW_SOURCE_…, GW_MANIFEST_INVALID, GW_DATASET_INVALID, GW_DATASET_EMPTY, or what a worker met
 */
export async function evaluateOnSource(
  { client }: TemporalConnection,
  store: ObjectStore,
  { name, version, spec, task }: ModelCard,
  source: string,
  { keepSeen = false, groupBy }: EvaluateOptions,
): Promise<PictureTest> {
  const { splits, quarantine } = spec.dataset;
  const settings = {
    splits,
    quarantine,
    ...(task === undefined ? {} : { task }),
    ...(groupBy === undefined ? {} : { groupBy }),
  };
  requireValid(settings, source);
  const { uri, given } = await bringSource(store, source, {});
  const labels = await labelsBeside(source);
  const input: LabelPicturesInput = {
    model: { name, version },
    dataset: datasetSpecSchema.parse({
      ...{ uri, ...settings },
      ...(labels === undefined ? {} : { labels: await bringLabels(store, labels) }),
    }),
    keepSeen,
  };
  const workflowId = evaluateWorkflowId(runSuffix());
  if (given !== undefined) await keepRunSource(store, workflowId, given);
  try {
    const found: unknown = await client.workflow.execute(workflowTypes.evaluate, {
      workflowId,
      taskQueue: taskQueues.workflow,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [input],
      staticSummary: `${name}@${version}`,
    });
    const { key } = evaluateOnPicturesOutputSchema.pick({ key: true }).loose().parse(found);
    const test = await store.getJson(objectKeys.trial(key), pictureTestSchema);
    return given === undefined ? test : { ...test, uri: given.from };
  } catch (error) {
    throw runFailure(error, workflowId);
  }
}

/** @throws GraftworkError GW_USAGE for an address or a pattern that is none */
function requireValid(settings: object, source: string): void {
  const uri = source.startsWith('s3://') ? source : 's3://to-be/uploaded';
  const checked = datasetSpecSchema.safeParse({ uri, ...settings });
  const issue = checked.error?.issues[0];
  if (issue === undefined) return;
  throw new GraftworkError('GW_USAGE', `${issue.path.join('.')}: ${issueText(issue, { uri, ...settings })}.`, {
    remedy: 'Correct the argument.',
  });
}
