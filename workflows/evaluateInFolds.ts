/** Accuracies in folds, for a person who asked for them: when the model is trained, because the test pictures are held out as well. */
import { patched } from '@temporalio/workflow';
import type { PlanReference } from '../contracts/spec/plan.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { engineWork, quick } from './activityProxies.js';
import { fanOut } from './fanOut.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import type { Prepared } from './state/runState.js';
import type { RunView } from './state/runView.js';
import { secondsLeft } from './trainInTime.js';
import type { Trained } from './trainStages.js';

/** @param trained the model's own stages, whose recipe is tested */
export async function evaluateInFolds(
  run: RunView,
  { evaluation }: RunSpec,
  { plan: validated, limits }: Pick<Prepared, 'plan' | 'limits'>,
  trained: Trained,
): Promise<void> {
  const { folds, fineTuneFolds } = evaluation;
  if (folds === undefined && fineTuneFolds === undefined) return;
  const plan = patched(patches.foldsOfAll) ? await planOfFolds(trained) : validated;
  if (folds !== undefined) {
    const accuracy = await persistently((halvings) =>
      engineWork.evaluateInFolds.executeWithOptions({ summary: `heads in ${folds} folds` }, [
        { plan: plan.digest, folds, halvings },
      ]),
    );
    run.state.testedInFolds(accuracy);
  }
  if (fineTuneFolds === undefined) return;
  if (limits !== undefined && secondsOf(run, trained) * fineTuneFolds > secondsLeft(limits)) {
    const spared = `the accuracy of fine-tuning in ${fineTuneFolds} folds`;
    run.state.cutShort('folds of fine-tuning were not begun: the time was nearly up', spared);
    return;
  }
  await fineTuneInFolds(run, plan, trained, fineTuneFolds);
}

async function planOfFolds({ plan }: Trained): Promise<PlanReference> {
  const folded = await persistently(() =>
    quick.planFolds.executeWithOptions({ summary: 'all pictures, in folds' }, [{ plan: plan.digest }]),
  );
  await fanOut('features', folded.digest, folded.featureShards);
  return folded;
}

/** Folds are trained side by side; the answer finds what they have stored. */
async function fineTuneInFolds(run: RunView, plan: PlanReference, { stages }: Trained, folds: number): Promise<void> {
  const input = { plan: plan.digest, folds, steps: stages.filter((index) => index > 0) };
  await Promise.all(
    Array.from({ length: folds }, (_, fold) =>
      persistently((halvings) =>
        engineWork.trainFold.executeWithOptions({ summary: `fold ${fold + 1} of ${folds}` }, [
          { ...input, fold, halvings },
        ]),
      ),
    ),
  );
  const accuracy = await persistently((halvings) =>
    engineWork.evaluateInFolds.executeWithOptions({ summary: `fine-tuning in ${folds} folds` }, [
      { ...input, halvings },
    ]),
  );
  run.state.fineTunedInFolds(accuracy);
}

/** What training the stages took. */
function secondsOf({ state }: RunView, { plan, stages }: Trained): number {
  const names = stages.map((index) => plan.stages[index]?.name);
  return state.result.stages.reduce((sum, { name, seconds }) => sum + (names.includes(name) ? seconds : 0), 0);
}
