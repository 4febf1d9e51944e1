/** Reviews the labels of a source on the workers. */
import {
  faultyPicturesSchema,
  labelIssuesSchema,
  reviewOutputSchema,
  type FaultyPicture,
  type LabelIssue,
  type LabelIssues,
  type PictureFault,
} from '../../contracts/data/labelReview.js';
import { GraftworkError } from '../../contracts/errors.js';
import { reviewWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { keepRunSource } from '../../storage/datasets/runSources.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { runFailure } from '../connection/failures.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';
import { runSuffix, type GivenSource } from './startRun.js';

/** All that was found about one picture. */
export interface ReviewFinding extends LabelIssue {
  /** What may be wrong with the picture as such. */
  faults?: Omit<FaultyPicture, 'picture'>[];
}

export interface LabelReview extends Omit<LabelIssues, 'format' | 'issues' | 'counts'> {
  /** As the person called the images. */
  source: string;
  /** What a person should know of the source, in sentences. */
  remarks: string[];
  /** Number of pictures of each kind. `findings` may be the first of them. */
  counts: LabelIssues['counts'] & Record<PictureFault, number>;
  /** One for each picture. Labels that are probably wrong come first, the surest before the others. */
  findings: ReviewFinding[];
}

/**
 * @param options.given see `startRun`
 * @throws GraftworkError GW_USAGE for a spec that leaves the network open; GW_LABELS_INVALID, GW_DATASET_…, or what the workers met
 */
export async function reviewSource(
  { client }: TemporalConnection,
  store: ObjectStore,
  spec: RunSpec,
  { signal, given }: { signal?: AbortSignal | undefined; given?: GivenSource | undefined } = {},
): Promise<LabelReview> {
  const workflowId = reviewWorkflowId(runSuffix());
  const source = given?.source.from ?? spec.dataset.uri;
  if (given !== undefined) await keepRunSource(store, workflowId, given.source);
  try {
    const handle = await client.workflow.start(workflowTypes.review, {
      workflowId,
      taskQueue: taskQueues.workflow,
      args: [withNothingOpen(spec)],
      staticSummary: `labels of ${source}`,
    });
    // Nobody else waits for the answer, and what was found is found again.
    signal?.addEventListener('abort', () => void handle.cancel().catch(() => undefined), { once: true });
    const found = reviewOutputSchema.parse(await handle.result());
    const {
      format: _format,
      issues,
      counts,
      ...rest
    } = await store.getJson(objectKeys.trial(found.issues), labelIssuesSchema);
    const faulty = await store.getJson(objectKeys.trial(found.faults), faultyPicturesSchema);
    return {
      ...{ source, ...rest },
      remarks: found.dataset.remarks ?? [],
      counts: { ...counts, ...faulty.counts },
      findings: merged(issues, faulty.pictures),
    };
  } catch (error) {
    throw runFailure(error, workflowId);
  }
}

/** Heads on features need none of what a run may choose or measure. */
function withNothingOpen({ undecided: _open, budget: _budget, imbalance: _imbalance, ...spec }: RunSpec): RunSpec {
  if (spec.backbone.name === autoSource) {
    throw new GraftworkError('GW_USAGE', 'A review looks at pictures through one network, so it cannot be auto.', {
      remedy: 'Leave out --backbone, or name a network.',
    });
  }
  return { ...spec, augmentation: { ...spec.augmentation, policy: 'given' } };
}

/** One finding for each picture. Pure. */
export function merged(issues: readonly LabelIssue[], faulty: readonly FaultyPicture[]): ReviewFinding[] {
  const found = new Map<string, ReviewFinding>(issues.map((issue) => [issue.picture.path, issue]));
  for (const { picture, ...fault } of faulty) {
    const known = found.get(picture.path) ?? { picture };
    found.set(picture.path, { ...known, faults: [...(known.faults ?? []), fault] });
  }
  return [...found.values()];
}
