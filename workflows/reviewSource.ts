/** Reviews the labels of a source, before or after it is trained on: nothing is trained but heads that are thrown away. */
import type { ReviewOutput } from '../contracts/data/labelReview.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { fanOut } from './fanOut.js';
import { persistently } from './persistently.js';

/**
 * Pixels and features are those of a run with the same spec, so each finds what the other has made.
 *
 * @param asked nothing in it is left to choose
 * @throws ApplicationFailure whose type is an error code of contracts/errors.ts
 */
export async function reviewSource(asked: RunSpec): Promise<ReviewOutput> {
  const pinned = await persistently(() => quick.checkSpec({ spec: asked }));
  const { dataset: source, seed, compute } = asked;
  const [dataset, dtype] = await Promise.all([
    persistently(() =>
      shardWork.ingestDataset.executeWithOptions({ summary: source.uri }, [{ dataset: source, seed }]),
    ),
    compute === undefined ? undefined : persistently(() => engineWork.chooseDtype(compute)),
  ]);
  const spec = { ...asked, ...pinned, ...(dtype === undefined ? {} : { compute: { dtype } }) };
  const run = await persistently(() =>
    shardWork.planRun.executeWithOptions({ summary: spec.backbone.name }, [{ spec, dataset }]),
  );
  const plan = await persistently(() => quick.planFolds({ plan: run.digest }));
  await fanOut('preprocess', plan.digest, plan.pixelShards);
  const [issues, faults] = await Promise.all([
    fanOut('features', plan.digest, plan.featureShards).then(() =>
      persistently((halvings) =>
        engineWork.reviewLabels.executeWithOptions({ summary: 'heads in folds' }, [{ plan: plan.digest, halvings }]),
      ),
    ),
    persistently(() => shardWork.inspectQuality.executeWithOptions({ summary: source.uri }, [{ plan: plan.digest }])),
  ]);
  if (issues === null) throw new RangeError('a review has no limit');
  return { dataset, issues: issues.key, faults: faults.key };
}
