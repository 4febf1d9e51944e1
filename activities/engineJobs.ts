/** The jobs of an engine process, by name. */
import { chooseAugmentation } from './chooseAugmentation.js';
import { compareToProduction } from './compareToProduction.js';
import { computeFeatures } from './computeFeatures.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, EngineJobName, EngineJobs, WorkCallbacks } from './engine.js';
import { evaluateModel } from './evaluateModel.js';
import { measureDrift } from './measureDrift.js';
import { predictImages } from './predictImages.js';
import { rankSource } from './rankSource.js';
import { searchFineTunes } from './searchFineTunes.js';
import { searchHeads } from './searchHeads.js';
import { trainStage } from './trainStage.js';

type Job<Name extends EngineJobName> = (
  dependencies: ActivityDependencies,
  input: EngineJobs[Name]['input'],
  caller: Caller,
  callbacks: WorkCallbacks,
) => Promise<EngineJobs[Name]['output']>;

const jobs: { [Name in EngineJobName]: Job<Name> } = {
  chooseAugmentation,
  computeFeatures,
  trainStage,
  evaluateModel,
  predictImages,
  rankSource,
  searchFineTunes,
  searchHeads,
  compareToProduction,
  measureDrift,
};

export function runEngineJob<Name extends EngineJobName>(
  dependencies: ActivityDependencies,
  job: Name,
  input: EngineJobs[Name]['input'],
  caller: Caller,
  callbacks: WorkCallbacks,
): Promise<EngineJobs[Name]['output']> {
  return jobs[job](dependencies, input, caller, callbacks);
}
