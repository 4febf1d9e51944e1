/** Who decides about production, and why: recorded for good, so it has to name somebody and fit on a screen. */
import { GraftworkError } from '../../contracts/errors.js';
import { issueText } from '../../contracts/issueText.js';
import { approvalAnswerSchema, type ApprovalAnswer } from '../../contracts/spec/promotion.js';

/** @throws GraftworkError GW_USAGE */
export function checkedDecision(decision: ApprovalAnswer): ApprovalAnswer {
  const given = approvalAnswerSchema.safeParse(decision);
  if (given.success) return given.data;
  const [issue] = given.error.issues;
  const fault = issue === undefined ? '' : ` --${issue.path.join('.')}: ${issueText(issue, decision)}.`;
  throw new GraftworkError('GW_USAGE', `The decision cannot be recorded.${fault}`, {
    remedy: 'Give who decides, in at most 200 characters, and why, in at most 2,000.',
  });
}
