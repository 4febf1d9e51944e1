/** Spans, through OpenTelemetry's API alone: without a provider (telemetry/tracing.ts) each call does next to nothing. */
import { context, propagation, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';

const tracer = trace.getTracer('graftwork');

/** Runs `work` as a span, which is the parent of those that `work` begins. */
export function traced<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** Of the span that is under way, for logs; empty outside of any. */
export function spanIds(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** Says more about the span that is under way, if there is one. */
export function describeSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** Where a trace is, in words that another process understands (W3C trace context). */
export type Carrier = Record<string, string>;

export function currentTrace(): Carrier {
  const carrier: Carrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** Runs `work` as a part of another process's trace. */
export function inTrace<T>(carrier: Carrier, work: () => T): T {
  return context.with(propagation.extract(context.active(), carrier), work);
}
