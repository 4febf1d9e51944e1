/** Tracing costs nothing, not even its loading, where nobody asked for it. */
import { GraftworkError } from '../contracts/errors.js';
import type { Tracing } from './tracing.js';

type Variables = Record<string, string | undefined>;

/** Whether OpenTelemetry's own variables ask for traces. */
export function wantsTracing(variables: Variables): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = variables;
  const off = variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || variables.OTEL_TRACES_EXPORTER === 'none';
  return !off && Boolean(all || traces);
}

/**
 * @param service see {@link import('./tracing.js').startTracing}
 * @returns undefined where tracing is not wanted
 * @throws GraftworkError GW_ENVIRONMENT_INVALID for an endpoint or a protocol that cannot be served
 */
export async function startTracingIfWanted(service: string, variables: Variables): Promise<Tracing | undefined> {
  if (!wantsTracing(variables)) return undefined;
  check(variables);
  const { startTracing } = await import('./tracing.js');
  return startTracing(service);
}

function check(variables: Variables): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = variables[name];
    if (protocol === undefined || protocol === '' || protocol === 'http/protobuf') continue;
    throw new GraftworkError('GW_ENVIRONMENT_INVALID', `${name}: ${protocol} is not supported.`, {
      remedy: 'Use http/protobuf, which collectors take at port 4318, or leave it unset.',
    });
  }
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const endpoint = variables[name];
    if (!endpoint || (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol))) continue;
    throw new GraftworkError('GW_ENVIRONMENT_INVALID', `${name}: ${endpoint} is no http:// or https:// address.`, {
      remedy: 'Write it like http://127.0.0.1:4318, or unset it.',
    });
  }
}
