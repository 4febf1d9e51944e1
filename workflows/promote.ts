/** Whether a run's model goes into production: the gate's word, or a person's after it. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  patched,
  startChild,
} from '@temporalio/workflow';
import type { ModelReference } from '../contracts/models/modelCard.js';
import { approvalWorkflowId } from '../contracts/names.js';
import type { GateReport, PromotionOutcome, PromotionPolicy } from '../contracts/spec/promotion.js';
import { messages } from '../contracts/run/workflowMessages.js';
import type { Approval, awaitApproval } from './awaitApproval.js';
import { engineWork } from './activityProxies.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { settle } from './settle.js';

/** Comparisons in a row that were overtaken, after which somebody else is plainly at work. */
const mostOvertaken = 3;

/**
 * @param run whose model it is; a person approves of it by this name
 * @param ready resolves at once, or when the paused run is resumed: what is decided meanwhile is not carried out
 * @returns `waiting` where a person is to decide: a workflow of its own waits for that, however long it takes
 */
export async function promote(
  run: string,
  model: ModelReference,
  policy: PromotionPolicy,
  ready: () => Promise<void>,
): Promise<PromotionOutcome> {
  const holdsBack = patched(patches.pausedBeforeDecision);
  const judged = async (): Promise<PromotionOutcome> => {
    const outcome = await judge(model, policy);
    if (holdsBack) await ready();
    return outcome;
  };
  let outcome = await judged();
  if (outcome.status !== 'promoted') return settle(outcome);
  if (policy.policy === 'approve') {
    const waiting: PromotionOutcome = { ...outcome, status: 'waiting' };
    // Written down before anybody can answer: a quick answer would be overwritten by it.
    const isFirst = patched(patches.waitingFirst);
    const written = isFirst ? await settle(waiting) : waiting;
    // Of a run that was reset: a person has spoken on this very model already.
    if (written.status !== 'waiting') return written;
    await letWait({ run, approval: policy.approval, outcome: waiting });
    return isFirst ? waiting : settle(waiting);
  }
  for (let attempt = 1; ; attempt += 1) {
    outcome = await settle(outcome);
    if (outcome.status !== 'overtaken' || attempt === mostOvertaken) return outcome;
    // Somebody has put another model into production: that one is to be beaten now.
    outcome = await judged();
  }
}

/**
 * Starts the wait for a person's word. Where the run was reset, the wait it had begun before may still be open: that one is
 * given what waits now, which is the very model it waits for, or another that takes its place.
 */
async function letWait(approval: Approval): Promise<void> {
  const { name, version } = approval.outcome.gate.challenger;
  const workflowId = approvalWorkflowId(approval.run);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await startChild<typeof awaitApproval>('awaitApproval', {
        workflowId,
        args: [approval],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `${name}@${version} waits for approval`,
      });
      return;
    } catch (error) {
      const isOpen = error instanceof WorkflowExecutionAlreadyStartedError && patched(patches.waitFoundAgain);
      if (!isOpen || attempt === mostOvertaken) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal<[Approval]>(messages.waitFor, approval);
      return;
    } catch (error) {
      // It has ended meanwhile: the next one can be started.
      if (isCancellation(error)) throw error;
    }
  }
}

async function judge(model: ModelReference, policy: PromotionPolicy): Promise<PromotionOutcome> {
  const gate: GateReport = await persistently((halvings) =>
    engineWork.compareToProduction.executeWithOptions({ summary: `${model.name}@${model.version}` }, [
      { model, policy, halvings },
    ]),
  );
  return { status: gate.passes ? 'promoted' : 'refused', reason: gate.reason, by: 'gate', gate };
}
