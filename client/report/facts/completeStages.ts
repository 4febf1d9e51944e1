import { trainStageOutputSchema } from '../../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../../contracts/objectKeys.js';
import type { RunResult, StageReport } from '../../../contracts/run/result.js';
import { stageResultSchema } from '../../../contracts/spec/stages/training.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';
import type { ActivityRecord } from './history.js';
import type { IfThere } from './ifThere.js';

/** Stages with all their epochs: what travels through Temporal is thinned where it is long. */
export async function completeStages(
  { stages }: RunResult,
  activities: readonly ActivityRecord[],
  store: ObjectStore,
  ifThere: IfThere,
): Promise<{ stages: StageReport[]; thinned: boolean }> {
  const answers = activities.flatMap(({ type, answer }) => {
    const parsed = trainStageOutputSchema.pick({ key: true, result: true }).loose().safeParse(answer);
    return type === 'trainStage' && parsed.success ? [parsed.data] : [];
  });
  let thinned = false;
  const complete: StageReport[] = [];
  for (const stage of stages) {
    const last = stage.epochs.at(-1)?.epoch ?? 0;
    const isWhole = stage.epochs.length === last && (stage.rangeTest?.curve.length ?? 0) === 0;
    const key = answers.findLast(({ result }) => result.name === stage.name)?.key;
    const stored =
      isWhole || key === undefined
        ? undefined
        : await ifThere(store.getJson(objectKeys.stageResult(key), stageResultSchema));
    thinned ||= stored === undefined && stage.epochs.length < last;
    const { epochs, rangeTest } = stored ?? stage;
    complete.push({ ...stage, epochs, ...(rangeTest === undefined ? {} : { rangeTest }) });
  }
  return { stages: complete, thinned };
}
