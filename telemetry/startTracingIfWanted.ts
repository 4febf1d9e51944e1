/** Tracing costs nothing, not even its loading, where nobody asked for it. */
import { GraftworkError } from '../contracts/errors.js';
import type { Tracing } from './tracing.js';

type Variables = Record<string, string | undefined>;

/**
 * Where OpenTelemetry's own variables want traces sent.
 *
 * @returns undefined where they do not ask for any
 */
export function tracesEndpoint(variables: Variables): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = variables;
  const off = variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || variables.OTEL_TRACES_EXPORTER === 'none';
  if (off) return undefined;
  return traces || (all ? `${all.replace(/\/$/, '')}/v1/traces` : undefined);
}

/**
 * @param service see {@link import('./tracing.js').startTracing}
 * @returns undefined where tracing is not wanted
 * @throws GraftworkError GW_ENVIRONMENT_INVALID, see {@link requireTracingVariables}
 */
export async function startTracingIfWanted(service: string, variables: Variables): Promise<Tracing | undefined> {
  if (tracesEndpoint(variables) === undefined) return undefined;
  requireTracingVariables(variables);
  const { startTracing } = await import('./tracing.js');
  return startTracing(service);
}

/** @throws GraftworkError GW_ENVIRONMENT_INVALID for an endpoint that is no address, or a protocol that is not spoken */
export function requireTracingVariables(variables: Variables): void {
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
