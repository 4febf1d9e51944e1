/** Activities of the cpu pool. */
import type { CpuActivities, CpuClass, InputOf, NamesWith, OutputOf } from '../contracts/activities.js';
import { checkSpec } from './checkSpec.js';
import { decideRun } from './decideRun.js';
import type { ActivityDependencies } from './dependencies.js';
import type { WorkCallbacks } from './engine.js';
import { ingestDataset } from './ingestDataset.js';
import { withSourceNames } from './namedSources.js';
import { notify } from './notify.js';
import { offered } from './offered.js';
import { planRanking } from './planRanking.js';
import { planRetraining } from './planRetraining.js';
import { planRun } from './planRun.js';
import { preprocessSample } from './preprocessSample.js';
import { preprocessShards } from './preprocessShards.js';
import { recordRetraining } from './recordRetraining.js';
import { recordRun } from './recordRun.js';
import { registerModel } from './registerModel.js';
import { settlePromotion } from './settlePromotion.js';
import { weighRanking } from './weighRanking.js';

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
