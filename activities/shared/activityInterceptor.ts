/** Around every activity: its log lines say whose they are, and its failures are counted by their code. */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import type { Measure } from '../../contracts/metrics.js';
import { describeSpan } from '../../telemetry/traced.js';
import { inWorkContext } from './workContext.js';

export class ActivityInterceptor implements ActivityInboundCallsInterceptor {
  constructor(private readonly measure: Measure) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const { activityType: activity, attempt, workflowExecution } = activityInfo();
    const run = workflowExecution?.workflowId ?? '';
    describeSpan({ 'graftwork.run': run, 'graftwork.attempt': attempt });
    return inWorkContext(activity, { run, attempt }, async () => {
      try {
        return await next(input);
      } catch (thrown) {
        // What is no failure of its own is a cancellation.
        if (thrown instanceof ApplicationFailure)
          this.measure('failures', 1, { activity, code: thrown.type ?? 'unknown' });
        throw thrown;
      }
    });
  }
}
