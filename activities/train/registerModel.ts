/** A run's model becomes a version of the registry: its parameters are stored already, the card is what makes it one. */
import { createRequire } from 'node:module';
import sharp from 'sharp';
import type { RegisterInput, RegisterOutput } from '../../contracts/activities/trainingActivities.js';
import { evaluationOnCard, storedEvaluationSchema } from '../../contracts/data/evaluation.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { fittedOf } from '../../storage/registry/evaluations.js';
import { ModelRegistry, type CardDraft } from '../../storage/registry/modelRegistry.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { readPlan } from '../plan/planStore.js';
import { leaveRecord } from '../rank/transferRecord.js';

const require = createRequire(import.meta.url);
const versionOf = (file: string): string => (require(file) as { version: string }).version;

/** What the model was made with: enough to know whether another machine would make the same. */
const versions: Record<string, string> = {
  graftwork: versionOf('../../../package.json'),
  node: process.versions.node,
  tfjs: versionOf('@tensorflow/tfjs-node-gpu/package.json'),
  sharp: sharp.versions.sharp ?? 'unknown',
};

/**
 * Registering the same again (a retry whose first answer was lost) gives the version there is. A run that was reset and has
 * come to other parameters, or another evaluation, gets a version of its own.
 */
export async function registerModel(
  dependencies: ActivityDependencies,
  input: RegisterInput,
  { signal }: { signal: AbortSignal },
): Promise<RegisterOutput> {
  const { store, cache } = dependencies;
  const plan = await readPlan(cache, input.plan);
  const stored = await store.getJson(objectKeys.evaluation(input.evaluation), storedEvaluationSchema);
  const calibration = fittedOf(stored);
  const { name, dataset } = plan.spec;
  const draft: CardDraft = {
    format: 1,
    name,
    createdAt: new Date().toISOString(),
    run: input.run,
    classes: plan.classes,
    ...(plan.labelSets === undefined ? {} : { task: 'multi-label' }),
    backbone: plan.backbone,
    input: plan.input,
    parameters: input.parameters,
    dataset: {
      version: plan.datasetVersion,
      uri: dataset.uri,
      counts: input.dataset.counts,
      quarantined: input.dataset.quarantined,
      ...(input.dataset.decisions === undefined ? {} : { decisions: input.dataset.decisions }),
    },
    spec: plan.spec,
    stages: input.stages,
    evaluation: evaluationOnCard(stored.evaluation),
    ...(calibration === undefined ? {} : { calibration }),
    keys: { plan: input.plan, evaluation: input.evaluation },
    versions,
  };
  const card = await new ModelRegistry(store).register(draft);
  // Records compare accuracies of single-label tasks.
  if (plan.labelSets === undefined) await leaveRecord(dependencies, input.plan, plan, card, signal);
  return {
    model: { name, version: card.version },
    modelUri: store.uri(objectKeys.modelParameters(card.parameters.sha256)),
    cardUri: store.uri(objectKeys.modelCard(name, card.version)),
  };
}
