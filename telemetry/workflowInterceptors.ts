/** Part of the workflow bundle of workers that trace (worker/bundleWorkflows.ts); the other bundle has nothing of it. */
import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';
import { SpanExporter } from '@temporalio/interceptors-opentelemetry/lib/workflow/span-exporter.js';
// Behind the interceptors, which give the sandbox the clock it asks for.
import { BasicTracerProvider, SimpleSpanProcessor, type IdGenerator } from '@opentelemetry/sdk-trace-base';
import {
  getRandomStream,
  type Next,
  type QueryInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';

/**
 * Ids drawn from a stream of their own. OpenTelemetry's own generator draws from `Math.random()`, which is the workflow's:
 * a run would take another course on a worker that traces than on one that does not, and fail when it went from one to the
 * other (test/replay.test.ts).
 */
const ids: IdGenerator = {
  generateTraceId: () => hexadecimal(4),
  generateSpanId: () => hexadecimal(2),
};

function hexadecimal(words: number): string {
  const stream = getRandomStream('graftwork/spans');
  // Never all zeros, which would be no id.
  const word = (): number => 1 + Math.floor(stream.random() * (2 ** 32 - 1));
  return Array.from({ length: words }, () => word().toString(16).padStart(8, '0')).join('');
}

const provider = new BasicTracerProvider({
  idGenerator: ids,
  spanProcessors: [new SimpleSpanProcessor(new SpanExporter())],
});
const tracer = provider.getTracer('graftwork-workflow');

class RunSpans extends OpenTelemetryInboundInterceptor {
  protected override readonly tracer = tracer;

  /** A person who watches a run asks it every second: those are no parts of its trace. */
  override handleQuery(
    input: QueryInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>,
  ): Promise<unknown> {
    return next(input);
  }
}

class CallSpans extends OpenTelemetryOutboundInterceptor {
  protected override readonly tracer = tracer;
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [new RunSpans()],
  outbound: [new CallSpans()],
  internals: [new OpenTelemetryInternalsInterceptor()],
});
