/**
 * OpenTelemetry's tracing in this process, by its own environment variables: on when OTEL_EXPORTER_OTLP_ENDPOINT (or
 * …_TRACES_ENDPOINT) is set; OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_…,
 * OTEL_EXPORTER_OTLP_HEADERS and OTEL_SDK_DISABLED are honoured as its specification says.
 */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResourcesSync, envDetectorSync, Resource, type IResource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';

export interface Tracing {
  readonly processor: SpanProcessor;
  readonly resource: IResource;
  /** Sends what waits. Never fails, and takes no longer than `milliseconds`: a collector that is away is nobody's trouble. */
  flush(milliseconds: number): Promise<void>;
}

let started: Tracing | undefined;

/**
 * Once a process: later calls return what the first one made.
 *
 * @param service name under which this process's spans appear, unless OTEL_SERVICE_NAME says another
 */
export function startTracing(service: string): Tracing {
  return (started ??= install(service));
}

function install(service: string): Tracing {
  const resource = new Resource({ 'service.name': service }).merge(
    detectResourcesSync({ detectors: [envDetectorSync] }),
  );
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  // Where a program that uses us as a library has its own set-up, that one stays.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    processor,
    resource,
    async flush(milliseconds) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
      await Promise.race([processor.forceFlush().catch(() => undefined), patience]);
      clearTimeout(timer);
    },
  };
}
