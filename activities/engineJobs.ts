/** The jobs of an engine process, by name. */
import { chooseAugmentation } from './search/chooseAugmentation.js';
import { chooseDtype } from './plan/chooseDtype.js';
import { chooseImbalance } from './search/chooseImbalance.js';
import { compareToProduction } from './production/compareToProduction.js';
import { computeFeatures } from './features/computeFeatures.js';
import type { ActivityDependencies } from './shared/dependencies.js';
import type { Caller, EngineJobName, EngineJobs, WorkCallbacks } from './shared/engine.js';
import { evaluateOnPictures } from './evaluate/evaluateOnPictures.js';
import { evaluateInFolds } from './search/evaluateInFolds.js';
import { trainFold } from './search/foldedNetworks.js';
import { evaluateModel } from './train/evaluateModel.js';
import { measureDrift } from './production/measureDrift.js';
import { predictImages } from './predict/predictImages.js';
import { rankSource } from './rank/rankSource.js';
import { tryFineTunes } from './search/fineTuneTrials.js';
import { tryHeads } from './search/headTrials.js';
import { reviewLabels } from './review/reviewLabels.js';
import { searchFineTunes } from './search/searchFineTunes.js';
import { searchHeads } from './search/searchHeads.js';
import { trainStage } from './train/trainStage.js';

type Job<Name extends EngineJobName> = (
  dependencies: ActivityDependencies,
  input: EngineJobs[Name]['input'],
  caller: Caller,
  callbacks: WorkCallbacks,
) => Promise<EngineJobs[Name]['output']>;

const jobs: { [Name in EngineJobName]: Job<Name> } = {
  chooseAugmentation,
  chooseDtype,
  chooseImbalance,
  computeFeatures,
  trainStage,
  evaluateInFolds,
  trainFold,
  evaluateModel,
  evaluateOnPictures,
  predictImages,
  rankSource,
  reviewLabels,
  searchFineTunes,
  searchHeads,
  tryFineTunes,
  tryHeads,
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
