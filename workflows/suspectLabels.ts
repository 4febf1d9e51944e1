/** A word on labels that are probably wrong, before a run trains on them. */
import { isCancellation, log, patched } from '@temporalio/workflow';
import type { PlanReference } from '../contracts/spec/plan.js';
import { engineWork } from './activityProxies.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import type { RunView } from './state/runView.js';

/** Pictures beyond which a run does not look: it would wait for more than a minute. */
const most = 20_000;

/** Only a word: where the heads that judge the labels cannot be trained, the run goes on without. */
export async function suspectLabels(run: RunView, plan: PlanReference): Promise<void> {
  if (!patched(patches.labelsReviewed)) return;
  try {
    const found = await persistently((halvings) =>
      engineWork.reviewLabels.executeWithOptions({ summary: 'labels that are probably wrong' }, [
        { plan: plan.digest, most, halvings },
      ]),
    );
    if (found !== null) run.state.suspected(found);
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    log.warn('labels were not reviewed', { error: thrown });
  }
}
