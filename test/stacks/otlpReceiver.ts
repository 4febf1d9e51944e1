/** A collector as small as it gets: takes traces by OTLP over HTTP, and keeps their spans. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import protobuf from 'protobufjs';

/** What is looked at of opentelemetry/proto/collector/trace/v1, with its field numbers. */
const request = protobuf
  .parse(
    `syntax = "proto3";
    message Request { repeated ResourceSpans resource_spans = 1; }
    message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
    message Resource { repeated Attribute attributes = 1; }
    message ScopeSpans { repeated Span spans = 2; }
    message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; repeated Attribute attributes = 9; }
    message Attribute { string key = 1; Value value = 2; }
    message Value { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }`,
  )
  .root.lookupType('Request');

export interface SpanSeen {
  service: string;
  name: string;
  trace: string;
  id: string;
  /** Empty for the root of a trace. */
  parent: string;
  attributes: Record<string, unknown>;
}

interface Attribute {
  key: string;
  value?: Record<string, unknown>;
}
interface Decoded {
  resourceSpans?: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: { traceId: string; spanId: string; parentSpanId?: string; name: string; attributes?: Attribute[] }[];
    }[];
  }[];
}

const hexadecimal = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');
const read = (attributes: Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value = {} }) => [key, Object.values(value)[0]]));

function spansIn(body: Uint8Array): SpanSeen[] {
  const decoded = request.toObject(request.decode(body), { bytes: String, longs: Number }) as Decoded;
  return (decoded.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(read(resource.attributes)['service.name']),
        name: span.name,
        trace: hexadecimal(span.traceId),
        id: hexadecimal(span.spanId),
        parent: hexadecimal(span.parentSpanId),
        attributes: read(span.attributes),
      })),
    ),
  );
}

export class OtlpReceiver {
  readonly spans: SpanSeen[] = [];
  private readonly server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      if (incoming.url === '/v1/traces') this.spans.push(...spansIn(Buffer.concat(pieces)));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get endpoint(): string {
    const address = this.server.address();
    if (address === null || typeof address !== 'object') throw new Error('the receiver is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Names from the root of its trace to the span. @throws Error when one of its parents was never received */
  pathTo(span: SpanSeen): string[] {
    if (span.parent === '') return [span.name];
    const parent = this.spans.find(({ trace, id }) => trace === span.trace && id === span.parent);
    if (parent === undefined) throw new Error(`the parent of ${span.name} is missing`);
    return [...this.pathTo(parent), span.name];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
