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

/**
 * Looks at those that count: what is said of traces goes before what is said of everything.
 *
 * @throws GraftworkError GW_ENVIRONMENT_INVALID for an endpoint that is no address, or a protocol that is not spoken
 */
export function requireTracingVariables(variables: Variables): void {
  const first = (...names: string[]): { name: string; value: string } | undefined =>
    names.map((name) => ({ name, value: variables[name] ?? '' })).find(({ value }) => value !== '');
  const protocol = first('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== undefined && protocol.value !== 'http/protobuf') {
    throw new GraftworkError('GW_ENVIRONMENT_INVALID', `${protocol.name}: ${protocol.value} is not supported.`, {
      remedy: 'Use http/protobuf, which collectors take at port 4318, or leave it unset.',
    });
  }
  const endpoint = first('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint !== undefined && !isWebAddress(endpoint.value)) {
    throw new GraftworkError(
      'GW_ENVIRONMENT_INVALID',
      `${endpoint.name}: ${endpoint.value} is not an http:// or https:// address.`,
      { remedy: 'Write it like http://127.0.0.1:4318, or unset it.' },
    );
  }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
