/** A run as people see and steer it: its state in the UI and in queries, and their hand on it. */
import {
  defineQuery,
  defineSignal,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { keywordOf } from '../../contracts/keyword.js';
import type { RunResult } from '../../contracts/run/result.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { messages, type EpochsSignal } from '../../contracts/run/workflowMessages.js';
import { installControl, type Control } from './control.js';
import { currentDetails } from './currentDetails.js';
import { RunState, type CarriedRun } from './runState.js';
import { searchAttributeKeys } from './searchAttributeKeys.js';

export class RunView {
  readonly state: RunState;
  readonly control: Control;

  /** Installs the handlers of queries, signals and updates. */
  constructor(spec: RunSpec, carried?: CarriedRun) {
    const { workflowId, startTime } = workflowInfo();
    this.state = new RunState(workflowId, spec, startTime.getTime(), carried);
    this.control = installControl((paused) => {
      this.state.result.status = paused ? 'paused' : 'running';
      this.show();
    }, carried?.finishing);
    setHandler(defineQuery<RunResult>(messages.progress), () => this.state.result);
    setHandler(defineSignal<[EpochsSignal]>(messages.epochs), (signal) => {
      this.state.announced(signal);
      this.show();
    });
  }

  /** Begins a step of the recipe, once the run is not paused. */
  async enter(step: string): Promise<void> {
    await this.control.ready();
    this.state.enter(step);
    this.list(step);
    this.show();
  }

  /** Begins a step that takes a moment: it is in the details, not in the list of runs, and a pause does not hold it up. */
  enterBriefly(step: string): void {
    this.state.enter(step);
    this.show();
  }

  /** Ends the run: nothing steers it from here on. A run that fails keeps the step it failed in. */
  end(status: 'completed' | 'canceled' | 'failed'): void {
    this.control.close();
    this.state.result.status = status;
    if (status === 'completed') this.state.enter('done');
    this.list(status === 'completed' ? 'done' : status);
    this.show();
  }

  /** Brings the details of the run in the UI up to date. */
  show(): void {
    this.state.tick(Date.now());
    setCurrentDetails(currentDetails(this.state.result));
  }

  /** What the list of runs can be searched by. */
  private list(step: string): void {
    upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: keywordOf(step) }]);
  }
}
