/** Activities of the cpu pool: each checks its input, calls the work and reports on it. */
import type { CpuActivities } from '../contracts/activities.js';
import {
  checkSpecInputSchema,
  ingestInputSchema,
  planInputSchema,
  recordRunInputSchema,
  registerInputSchema,
  shardsInputSchema,
} from '../contracts/trainingActivities.js';
import {
  decideRunInputSchema,
  rankingPlanInputSchema,
  sampleInputSchema,
  weighRankingInputSchema,
} from '../contracts/choosingActivities.js';
import {
  notifyInputSchema,
  planRetrainingInputSchema,
  recordRetrainingInputSchema,
  settlePromotionInputSchema,
} from '../contracts/promotionActivities.js';
import { checkSpec } from './checkSpec.js';
import { decideRun } from './decideRun.js';
import type { ActivityDependencies } from './dependencies.js';
import { ingestDataset } from './ingestDataset.js';
import { notify } from './notify.js';
import { observed } from './observed.js';
import { withSourceNames } from './namedSources.js';
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

export function createCpuActivities(dependencies: ActivityDependencies): CpuActivities {
  return {
    checkSpec: (input) => observed(() => checkSpec(dependencies, checkSpecInputSchema.parse(input))),
    ingestDataset: (input) =>
      observed((callbacks) =>
        withSourceNames(dependencies, () =>
          ingestDataset(dependencies, ingestInputSchema.parse(input), {
            ...callbacks,
            read: () => dependencies.measure('images', 1, { stage: 'ingest' }),
          }),
        ),
      ),
    planRun: (input) => observed((callbacks) => planRun(dependencies, planInputSchema.parse(input), callbacks)),
    preprocessShards: (input) =>
      observed((callbacks) => preprocessShards(dependencies, shardsInputSchema.parse(input), callbacks)),
    registerModel: (input) =>
      observed((callbacks) => registerModel(dependencies, registerInputSchema.parse(input), callbacks)),
    recordRun: (input) => observed(() => recordRun(dependencies, recordRunInputSchema.parse(input))),
    planRanking: (input) =>
      observed((callbacks) => planRanking(dependencies, rankingPlanInputSchema.parse(input), callbacks)),
    preprocessSample: (input) =>
      observed((callbacks) => preprocessSample(dependencies, sampleInputSchema.parse(input), callbacks)),
    weighRanking: (input) => observed(() => weighRanking(dependencies, weighRankingInputSchema.parse(input))),
    settlePromotion: (input) => observed(() => settlePromotion(dependencies, settlePromotionInputSchema.parse(input))),
    planRetraining: (input) =>
      observed((callbacks) => planRetraining(dependencies, planRetrainingInputSchema.parse(input), callbacks)),
    recordRetraining: (input) =>
      observed(() => recordRetraining(dependencies, recordRetrainingInputSchema.parse(input))),
    notify: (input) => observed((callbacks) => notify(notifyInputSchema.parse(input), callbacks)),
    decideRun: (input) => observed(() => decideRun(dependencies, decideRunInputSchema.parse(input))),
  };
}
