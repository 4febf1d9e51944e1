/** What a worker needs so that runs, their activities and what these say back are spans of one trace. */
import type { ActivityInterceptorsFactory, InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
  type OpenTelemetrySinks,
} from '@temporalio/interceptors-opentelemetry';
import type { Tracing } from './tracing.js';

export interface WorkerTracing {
  activity: ActivityInterceptorsFactory;
  client: NonNullable<WorkerInterceptors['client']>;
  sinks: InjectedSinks<OpenTelemetrySinks>;
}

export function workerTracing({ processor, resource }: Tracing): WorkerTracing {
  return {
    activity: (context) => ({
      inbound: new OpenTelemetryActivityInboundInterceptor(context),
      outbound: new OpenTelemetryActivityOutboundInterceptor(context),
    }),
    client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
  };
}
