/** Everything before training: the source is ingested, what the spec leaves open is decided, and the features are computed. */
import { patched } from '@temporalio/workflow';
import type { DatasetReference } from '../contracts/data/dataset.js';
import type { PlanReference } from '../contracts/spec/plan.js';
import type { ComputeSpec } from '../contracts/spec/computeSpec.js';
import type { RunSpec } from '../contracts/spec/runSpec.js';
import { engineWork, quick, shardWork } from './activityProxies.js';
import { choosesPoolingAlone, decide, hasChoices, measureAugmentation, type Decided } from './decisions.js';
import { fanOut } from './fanOut.js';
import { searchHeads } from './searches.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { suspectLabels } from './suspectLabels.js';
import type { Prepared } from './state/runState.js';
import type { RunView } from './state/runView.js';

export async function prepareRun(run: RunView, asked: RunSpec): Promise<Prepared> {
  const pinned = await persistently(() => quick.checkSpec({ spec: asked }));
  const { spec, dataset } = await begin(run, { ...asked, ...pinned });
  const decided = hasChoices(spec) ? await decideOpen(run, spec, dataset) : undefined;
  const open = decided?.spec ?? spec;
  const complete = open.augmentation.policy === 'auto' ? await chooseAugmentation(run, open, dataset) : open;
  // Weights that are missing are missed here.
  run.enterBriefly('plan');
  const plan = await planFor(complete, dataset);
  run.state.planned(plan);
  await computeFeatures(run, plan);
  const planned = { plan, spec: complete };
  if (decided === undefined || choosesPoolingAlone(spec)) {
    if (dataset.task === undefined || patched(patches.severalLabelsReviewed)) await suspectLabels(run, plan);
    return { dataset, plan: await balanced(run, planned, dataset) };
  }
  const searches = spec.undecided?.includes('head') === true;
  const limits = decided.limits === null ? {} : { limits: decided.limits };
  const found = searches ? await searchHead(run, plan, dataset, { ...decided, spec: complete }) : planned;
  const final = await balanced(run, found, dataset);
  return { dataset, plan: final, ...limits, trainingSeconds: decided.trainingSeconds };
}

interface Planned {
  plan: PlanReference;
  spec: RunSpec;
}

/** The ingest, and the number format beside it: the engine that is asked for it has started when features are due. */
async function begin(run: RunView, asked: RunSpec): Promise<{ spec: RunSpec; dataset: DatasetReference }> {
  if (asked.compute === undefined) return { spec: asked, dataset: await ingest(run, asked) };
  if (patched(patches.formatBesideIngest)) {
    const [spec, dataset] = await Promise.all([withDtype(asked, asked.compute), ingest(run, asked)]);
    return { spec, dataset };
  }
  const spec = await withDtype(asked, asked.compute);
  return { spec, dataset: await ingest(run, spec) };
}

/** The spec with the number format that the gpu pool computes in, so that keys name what was used. */
async function withDtype(spec: RunSpec, compute: ComputeSpec): Promise<RunSpec> {
  return { ...spec, compute: { dtype: await persistently(() => engineWork.chooseDtype(compute)) } };
}

async function ingest(run: RunView, { dataset, seed, backbone, preprocess }: RunSpec): Promise<DatasetReference> {
  await run.enter('ingest');
  const network = { name: backbone.name, preprocess };
  const reference = await persistently(() =>
    shardWork.ingestDataset.executeWithOptions({ summary: dataset.uri }, [{ dataset, seed, network }]),
  );
  run.state.ingested(reference);
  return reference;
}

/** What the spec leaves open, decided. */
async function decideOpen(run: RunView, spec: RunSpec, dataset: DatasetReference): Promise<Decided> {
  await run.enter('choose');
  const decided = await decide(spec, dataset, run.state.startedAt);
  run.state.decided(decided.choices, decided.spec.backbone.name);
  if (spec.undecided?.includes('augmentation') !== true) return decided;
  await run.enter('augmentation');
  const choice = await measureAugmentation(decided, dataset);
  if (choice === undefined) return decided;
  run.state.measured(choice);
  return { ...decided, spec: { ...decided.spec, augmentation: choice.augmentation } };
}

/** The spec with the augmentation that validation favours, for a person who asked for that. */
async function chooseAugmentation(run: RunView, spec: RunSpec, dataset: DatasetReference): Promise<RunSpec> {
  await run.enter('augmentation');
  const choice = await persistently((halvings) =>
    engineWork.chooseAugmentation.executeWithOptions({ summary: 'policies tried on validation' }, [
      { spec, dataset, halvings },
    ]),
  );
  run.state.chose(choice);
  return { ...spec, augmentation: choice.augmentation };
}

function planFor(spec: RunSpec, dataset: DatasetReference): Promise<PlanReference> {
  return persistently(() => shardWork.planRun.executeWithOptions({ summary: spec.backbone.name }, [{ spec, dataset }]));
}

/** Pictures to pixels, pixels to features: one activity for each shard. */
async function computeFeatures(run: RunView, plan: PlanReference): Promise<void> {
  for (const [step, shards] of [
    ['preprocess', plan.pixelShards],
    ['features', plan.featureShards],
  ] as const) {
    await run.enter(step);
    const began = Date.now();
    run.state.prepared(step, await fanOut(step, plan.digest, shards), (Date.now() - began) / 1000);
  }
}

/** The plan with the head that a search on its features favours. */
async function searchHead(
  run: RunView,
  plan: PlanReference,
  dataset: DatasetReference,
  decided: Decided,
): Promise<Planned> {
  const { spec } = decided;
  await run.enter('search');
  const search = await searchHeads(plan.digest, decided);
  if (search === undefined) return { plan, spec };
  run.state.searched(search.found);
  return search.found.changed ? { plan: await planFor(search.spec, dataset), spec: search.spec } : { plan, spec };
}

/** The plan with what is clearly better about classes of very different size, for a person who asked for that. */
async function balanced(run: RunView, { plan, spec }: Planned, dataset: DatasetReference): Promise<PlanReference> {
  if (spec.imbalance !== 'auto') return plan;
  await run.enter('search');
  const choice = await persistently((halvings) =>
    engineWork.chooseImbalance.executeWithOptions({ summary: 'ways of balancing classes, in folds' }, [
      { plan: plan.digest, halvings },
    ]),
  );
  run.state.balanced(choice);
  const { chosen } = choice;
  if (chosen === 'plain') return plan;
  const balancedStage = <Stage extends object>(stage: Stage): Stage =>
    chosen === 'asymmetric' ? { loss: chosen, ...stage } : { ...stage, imbalance: chosen };
  return planFor({ ...spec, head: balancedStage(spec.head), fineTune: spec.fineTune.map(balancedStage) }, dataset);
}
