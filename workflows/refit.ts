/** The kept stages once more, on the training and the validation pictures together, when everything is decided. */
import type { PlanReference } from '../contracts/spec/plan.js';
import { refitPictures } from '../contracts/spec/refitPictures.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { quick } from './activityProxies.js';
import { failureOf } from './failureOf.js';
import { fanOut } from './fanOut.js';
import type { Limits } from './state/limits.js';
import { persistently } from './persistently.js';
import type { Prepared } from './state/runState.js';
import type { RunView } from './state/runView.js';
import { secondsLeft, trainInTime } from './trainInTime.js';
import type { Trained } from './trainStages.js';

/**
 * Where it is ended early, or the time does not suffice, the stages stay as they were: a rate that has not come down makes
 * a worse model than pictures that are missing.
 *
 * @returns what the model is made of
 */
export async function refit(
  run: RunView,
  spec: RunSpec,
  { dataset, limits }: Pick<Prepared, 'dataset' | 'limits'>,
  trained: Trained,
): Promise<Trained> {
  const isWanted = refitPictures(spec, dataset.counts) !== undefined;
  if (!isWanted || run.control.finishing || !hasTime(run, limits, trained)) return trained;
  run.enterBriefly('plan');
  const plan = await persistently(() =>
    quick.planRefit.executeWithOptions({ summary: 'training and validation pictures' }, [
      { plan: trained.plan.digest },
    ]),
  );
  await fanOut('features', plan.digest, plan.featureShards);
  const kept: string[] = [];
  for (const index of trained.stages) {
    const stage = await trainAgain(run, plan, limits, index, kept);
    if (stage === undefined) {
      run.state.undone(plan.stages.map(({ name }) => name));
      return trained;
    }
    kept.push(stage);
  }
  return { plan, kept, stages: trained.stages };
}

/** An epoch takes about as long again. */
function hasTime({ state }: RunView, limits: Limits | undefined, { plan, stages }: Trained): boolean {
  if (limits === undefined) return true;
  const needed = stages.reduce((sum, index) => {
    const { name, epochs, refitEpochs = epochs } = plan.stages[index]!;
    const seconds = state.result.stages.find((report) => report.name === name)?.seconds ?? 0;
    return sum + (seconds * refitEpochs) / epochs;
  }, 0);
  if (needed <= secondsLeft(limits)) return true;
  state.cutShort('refit was not begun: the time was nearly up', 'refit on the training and the validation pictures');
  return false;
}

/** @returns the stage's content key; undefined where it was ended early */
async function trainAgain(
  run: RunView,
  plan: PlanReference,
  limits: Limits | undefined,
  index: number,
  kept: readonly string[],
): Promise<string | undefined> {
  await run.enter(plan.stages[index]!.name);
  const training = trainInTime(limits, run.control, plan, index, kept);
  const trained = await training.catch((thrown: unknown) => {
    // A head whose loss becomes no number fails. Here there is a sound one.
    if (failureOf(thrown).code === 'GW_NOT_FINITE') return undefined;
    throw thrown;
  });
  if (trained === undefined) return undefined;
  const { ended, reason } = trained.result;
  const isWhole = ended === 'completed' || ended === 'early-stopping';
  const why = isWhole
    ? 'trained again, on the training and the validation pictures'
    : `${ended === 'finished' ? 'ended early' : reason}: the stages before stay`;
  run.state.trained({ ...trained, result: { ...trained.result, kept: isWhole, reason: why } });
  run.show();
  return isWhole ? trained.key : undefined;
}
