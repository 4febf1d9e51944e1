/** Ids of other workflows are taken for those of runs: the Temporal UI lists them side by side. Pure. */
import { GraftworkError } from '../../contracts/errors.js';
import { approvalWorkflowId, workflowTypes } from '../../contracts/names.js';

/** @throws GraftworkError GW_RUN_NOT_FOUND, naming the run that is probably meant, unless the workflow is a training run */
export function requireTraining(id: string, { type }: { type: string }): void {
  if (type === workflowTypes.train) return;
  const [what, remedy] = otherWorkflow(id, type);
  throw new GraftworkError('GW_RUN_NOT_FOUND', `${id} is ${what}, not a training run.`, { remedy });
}

function otherWorkflow(id: string, type: string): [what: string, remedy: string] {
  const ofApproval = approvalWorkflowId('');
  if (type === workflowTypes.retrain) {
    return ['a retraining', `\`graftwork runs\` lists the run it started, if something had changed: ${id}-run-….`];
  }
  if (type === workflowTypes.approve && id.endsWith(ofApproval)) {
    return ['the wait for an approval', `Its run is ${id.slice(0, -ofApproval.length)}`];
  }
  return [`a workflow “${type}”`, '`graftwork runs` lists the runs.'];
}
