/** Activities of the cpu pool. */
import type { CpuActivities, CpuClass, InputOf, NamesWith, OutputOf } from '../contracts/activities/activities.js';
import { checkSpec } from './plan/checkSpec.js';
import { decideRun } from './plan/decideRun.js';
import type { ActivityDependencies } from './shared/dependencies.js';
import type { Caller, WorkCallbacks } from './shared/engine.js';
import { ingestDataset } from './ingest/ingestDataset.js';
import { givenSource, withSourceNames } from './ingest/namedSources.js';
import { squaresFor } from './features/squaresAhead.js';
import { inspectQuality } from './review/inspectQuality.js';
import { labelPictures } from './evaluate/labelPictures.js';
import { notify } from './production/notify.js';
import { offered } from './shared/offered.js';
import { planRanking } from './rank/planRanking.js';
import { planRetraining } from './production/planRetraining.js';
import { planFolds } from './plan/planFolds.js';
import { planRefit } from './plan/planRefit.js';
import { planRun } from './plan/planRun.js';
import { preprocessSample } from './rank/preprocessSample.js';
import { preprocessShards } from './features/preprocessShards.js';
import { recordRetraining } from './production/recordRetraining.js';
import { recordRun } from './train/recordRun.js';
import { registerModel } from './train/registerModel.js';
import { settlePromotion } from './production/settlePromotion.js';
import { weighRanking } from './rank/weighRanking.js';

type CpuActivityName = NamesWith<CpuClass>;

const works: {
  [Name in CpuActivityName]: (
    dependencies: ActivityDependencies,
    input: InputOf<Name>,
    callbacks: WorkCallbacks,
    caller: Caller,
  ) => Promise<OutputOf<Name>>;
} = {
  checkSpec,
  ingestDataset: async (dependencies, input, callbacks, { run }) => {
    const given = await givenSource(dependencies, run, input.dataset.uri);
    const read = (): void => dependencies.measure('images', 1, { stage: 'ingest' });
    return withSourceNames(dependencies, run, () =>
      ingestDataset(
        dependencies,
        input,
        { ...callbacks, read },
        { squares: squaresFor(dependencies.cache, input.network), ...(given === undefined ? {} : { given }) },
      ),
    );
  },
  labelPictures: (dependencies, input, callbacks, caller) =>
    withSourceNames(dependencies, caller.run, () => labelPictures(dependencies, input, callbacks, caller)),
  planRun,
  planFolds,
  planRefit,
  inspectQuality,
  preprocessShards,
  registerModel,
  recordRun,
  planRanking,
  preprocessSample,
  weighRanking,
  settlePromotion,
  planRetraining,
  recordRetraining,
  notify: (_dependencies, input, callbacks) => notify(input, callbacks),
  decideRun,
};

export function createCpuActivities(dependencies: ActivityDependencies): CpuActivities {
  return offered(Object.keys(works) as CpuActivityName[], (name) => {
    const work = works[name] as (
      given: ActivityDependencies,
      input: InputOf<CpuActivityName>,
      callbacks: WorkCallbacks,
      caller: Caller,
    ) => Promise<OutputOf<CpuActivityName>>;
    return (input, caller, callbacks) => work(dependencies, input, callbacks, caller);
  }) as CpuActivities;
}
