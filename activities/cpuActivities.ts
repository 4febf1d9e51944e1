/** Activities of the cpu pool: each checks its input, calls the work and reports on it. */
import {
  checkSpecInputSchema,
  ingestInputSchema,
  planInputSchema,
  recordRunInputSchema,
  registerInputSchema,
  shardsInputSchema,
  type CpuActivities,
} from '../contracts/activities.js';
import { checkSpec } from './checkSpec.js';
import type { ActivityDependencies } from './dependencies.js';
import { ingestDataset } from './ingestDataset.js';
import { observed } from './observed.js';
import { planRun } from './planRun.js';
import { preprocessShards } from './preprocessShards.js';
import { recordRun } from './recordRun.js';
import { registerModel } from './registerModel.js';

export function createCpuActivities(dependencies: ActivityDependencies): CpuActivities {
  return {
    checkSpec: (input) => observed(() => checkSpec(dependencies, checkSpecInputSchema.parse(input))),
    ingestDataset: (input) =>
      observed((callbacks) => ingestDataset(dependencies, ingestInputSchema.parse(input), callbacks)),
    planRun: (input) => observed((callbacks) => planRun(dependencies, planInputSchema.parse(input), callbacks)),
    preprocessShards: (input) =>
      observed((callbacks) => preprocessShards(dependencies, shardsInputSchema.parse(input), callbacks)),
    registerModel: (input) => observed(() => registerModel(dependencies, registerInputSchema.parse(input))),
    recordRun: (input) => observed(() => recordRun(dependencies, recordRunInputSchema.parse(input))),
  };
}
