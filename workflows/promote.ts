/** Whether a run's model goes into production: the gate's word, or a person's after it. */
import { ParentClosePolicy, patched, startChild } from '@temporalio/workflow';
import type { ModelReference } from '../contracts/modelCard.js';
import { approvalWorkflowId } from '../contracts/names.js';
import type { GateReport, PromotionOutcome, PromotionPolicy } from '../contracts/promotion.js';
import type { awaitApproval } from './awaitApproval.js';
import { engineWork } from './activityProxies.js';
import { patches } from './patches.js';
import { persistently } from './persistently.js';
import { settle } from './settle.js';

/** Comparisons in a row that were overtaken, after which somebody else is plainly at work. */
const mostOvertaken = 3;

/**
 * @param run whose model it is; a person approves of it by this name
 * @returns `waiting` where a person is to decide: a workflow of its own waits for that, however long it takes
 */
export async function promote(run: string, model: ModelReference, policy: PromotionPolicy): Promise<PromotionOutcome> {
  let outcome = await judge(model, policy);
  if (outcome.status !== 'promoted') return settle(outcome);
  if (policy.policy === 'approve') {
    const waiting: PromotionOutcome = { ...outcome, status: 'waiting' };
    // Written down before anybody can answer: a quick answer would be overwritten by it.
    const isFirst = patched(patches.waitingFirst);
    if (isFirst) await settle(waiting);
    await startChild<typeof awaitApproval>('awaitApproval', {
      workflowId: approvalWorkflowId(run),
      args: [{ run, approval: policy.approval, outcome: waiting }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `${model.name}@${model.version} waits for approval`,
    });
    return isFirst ? waiting : settle(waiting);
  }
  for (let attempt = 1; ; attempt += 1) {
    outcome = await settle(outcome);
    if (outcome.status !== 'overtaken' || attempt === mostOvertaken) return outcome;
    // Somebody has put another model into production: that one is to be beaten now.
    outcome = await judge(model, policy);
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
