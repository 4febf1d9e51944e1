/** The recipe's activities called one after another in this process, as the workflow calls them, without Temporal. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluateOutput, RegisterOutput, TrainStageOutput } from '../contracts/trainingActivities.js';
import type { DatasetReference } from '../contracts/dataset.js';
import type { Plan } from '../contracts/plan.js';
import { resolveSpec } from '../contracts/recipes.js';
import type { RunSpec, UserSpec } from '../contracts/runSpec.js';
import { computeFeatures } from '../activities/computeFeatures.js';
import type { ActivityDependencies } from '../activities/dependencies.js';
import type { Caller, WorkCallbacks } from '../activities/engine.js';
import { evaluateModel } from '../activities/evaluateModel.js';
import { ingestDataset } from '../activities/ingestDataset.js';
import { planRun } from '../activities/planRun.js';
import { readPlan } from '../activities/planStore.js';
import { preprocessShards } from '../activities/preprocessShards.js';
import { registerModel } from '../activities/registerModel.js';
import { trainStage } from '../activities/trainStage.js';
import type { ObjectStore } from '../storage/objectStore.js';

/** Callbacks of someone who only listens. */
export function callbacks(change: Partial<WorkCallbacks> = {}): WorkCallbacks {
  return { progress: () => undefined, epochs: () => undefined, signal: new AbortController().signal, ...change };
}

/** Puts a local folder into the bucket. */
export async function uploadTree(store: ObjectStore, folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) await store.put(`${prefix}/${name}`, await readFile(path));
  }
}

/** A run, a step at a time. Steps may be repeated. */
export class Pipeline {
  private constructor(
    readonly dependencies: ActivityDependencies,
    readonly caller: Caller,
    readonly spec: RunSpec,
    readonly dataset: DatasetReference,
    /** Its digest. */
    readonly planDigest: string,
    readonly plan: Plan,
  ) {}

  /** Ingests and plans. */
  static async begin(dependencies: ActivityDependencies, user: UserSpec, run = 'run'): Promise<Pipeline> {
    const spec = resolveSpec(user);
    const dataset = await ingestDataset(dependencies, { dataset: spec.dataset, seed: spec.seed }, callbacks());
    const { digest } = await planRun(dependencies, { spec, dataset }, callbacks());
    const plan = await readPlan(dependencies.cache, digest);
    return new Pipeline(dependencies, { run, attempt: 1 }, spec, dataset, digest, plan);
  }

  async preprocess(): Promise<void> {
    const range = { plan: this.planDigest, from: 0, to: this.plan.pixels.length };
    await preprocessShards(this.dependencies, range, callbacks());
  }

  async features(): Promise<void> {
    const range = { plan: this.planDigest, from: 0, to: this.plan.features.length, halvings: 0 };
    await computeFeatures(this.dependencies, range, this.caller, callbacks());
  }

  train(stage: number, previous: string[], change: Partial<WorkCallbacks> = {}): Promise<TrainStageOutput> {
    const input = { plan: this.planDigest, stage, previous, finish: false, generation: 0, halvings: 0 };
    return trainStage(this.dependencies, input, this.caller, callbacks(change));
  }

  /** All stages. @returns content keys of those that are kept */
  async trainAll(): Promise<string[]> {
    const kept: string[] = [];
    for (const stage of this.plan.stages.keys()) {
      const { key, result } = await this.train(stage, kept);
      if (result.kept) kept.push(key);
    }
    return kept;
  }

  evaluate(kept: string[]): Promise<EvaluateOutput> {
    return evaluateModel(this.dependencies, { plan: this.planDigest, kept, halvings: 0 }, this.caller, callbacks());
  }

  register(evaluated: EvaluateOutput): Promise<RegisterOutput> {
    const input = {
      run: this.caller.run,
      plan: this.planDigest,
      dataset: this.dataset,
      evaluation: evaluated.key,
      parameters: evaluated.parameters,
      stages: [],
    };
    return registerModel(this.dependencies, input, callbacks());
  }
}
