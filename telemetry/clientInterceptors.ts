/** Calls of a client that change something are spans; the questions of somebody who watches are not. */
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry';
import type { WorkflowClientInterceptor } from '@temporalio/client';

export function tracedCalls(): WorkflowClientInterceptor {
  const all = new OpenTelemetryWorkflowClientInterceptor();
  return {
    startWithDetails: (input, next) => all.startWithDetails(input, next),
    startUpdate: (input, next) => all.startUpdate(input, next),
    cancel: (input, next) => all.cancel(input, next),
  };
}
