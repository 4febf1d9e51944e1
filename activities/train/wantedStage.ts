/** A stage as a run wants it trained: where its result lies, and when the run's time for it is up. */
import type { TrainStageInput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan, StagePlan } from '../../contracts/spec/plan.js';
import { stageResultSchema, type StageResult } from '../../contracts/spec/stages/training.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { findResult, type ResultPlace } from '../shared/storedResults.js';

export interface FoundStage {
  /** Content key of the stage. */
  key: string;
  result: StageResult;
}

export class WantedStage {
  readonly stage: StagePlan;
  /** Content key of the stage as it is when nobody ends it early: the same for every run. */
  readonly undisturbed: string;
  /** The key where this run ended it early. */
  readonly shortened: string;

  constructor(
    readonly plan: Plan,
    readonly input: TrainStageInput,
    run: string,
  ) {
    const stage = plan.stages[input.stage];
    if (stage === undefined) throw new RangeError(`the plan has no stage ${input.stage}`);
    this.stage = stage;
    this.undisturbed = stageKey(plan, input.stage, input.previous, null);
    this.shortened = stageKey(plan, input.stage, input.previous, run);
  }

  /** What its measures are counted under: few values, however many steps a plan has. */
  get label(): 'head' | 'fine-tune' {
    return this.stage.kind === 'head' ? 'head' : 'fine-tune';
  }

  /** Whether the stage is to end now with the best so far. */
  readonly isToFinish = (): boolean => this.input.finish || Date.now() >= (this.input.endAt ?? Infinity);

  place(key: string): ResultPlace<StageResult> {
    return {
      ...{ object: objectKeys.stageResult(key), schema: stageResultSchema },
      ...{ what: 'the stored result of a stage', stage: this.label },
    };
  }

  /** The result there is: with an end in sight it may be either, the whole one first, also of another run. */
  async find(dependencies: Pick<ActivityDependencies, 'store' | 'log'>): Promise<FoundStage | undefined> {
    const { finish, endAt = Infinity } = this.input;
    for (const key of [this.undisturbed, ...(finish || endAt < Infinity ? [this.shortened] : [])]) {
      const result = await findResult(dependencies, this.place(key));
      if (result !== undefined) return { key, result };
    }
    return undefined;
  }
}
