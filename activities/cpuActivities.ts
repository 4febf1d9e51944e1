/** Activities of the cpu pool. */
import type { CpuActivities, CpuClass, InputOf, NamesWith, OutputOf } from '../contracts/activities/activities.js';
import { checkSpec } from './plan/checkSpec.js';
import { decideRun } from './plan/decideRun.js';
import type { ActivityDependencies } from './shared/dependencies.js';
import type { WorkCallbacks } from './shared/engine.js';
import { ingestDataset } from './ingest/ingestDataset.js';
import { withSourceNames } from './ingest/namedSources.js';
import { notify } from './production/notify.js';
import { offered } from './shared/offered.js';
import { planRanking } from './rank/planRanking.js';
import { planRetraining } from './production/planRetraining.js';
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
  ) => Promise<OutputOf<Name>>;
} = {
  checkSpec,
  ingestDataset: (dependencies, input, callbacks) =>
    withSourceNames(dependencies, () =>
      ingestDataset(dependencies, input, {
        ...callbacks,
        read: () => dependencies.measure('images', 1, { stage: 'ingest' }),
      }),
    ),
  planRun,
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
    ) => Promise<OutputOf<CpuActivityName>>;
    return (input, _caller, callbacks) => work(dependencies, input, callbacks);
  }) as CpuActivities;
}
