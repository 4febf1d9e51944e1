/** Whether the collector answers that traces are meant for. */
import { asGraftworkError } from '../../contracts/errors.js';
import { requireTracingVariables, tracesEndpoint } from '../../telemetry/startTracingIfWanted.js';
import { fail, ok, warn } from './check.js';
import type { Check } from './check.js';

/** How long a collector may take. Milliseconds. */
const patience = 3_000;

/** Nothing where tracing is off. */
export async function checkTracing(variables: Record<string, string | undefined>): Promise<Check[]> {
  const endpoint = tracesEndpoint(variables);
  if (endpoint === undefined) return [];
  try {
    requireTracingVariables(variables);
  } catch (error) {
    const { message, remedy } = asGraftworkError(error);
    return [fail('tracing', message, remedy ?? 'Correct the variable.')];
  }
  try {
    // Whatever it says: a collector refuses what is no trace, but it is there.
    await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(patience) });
    return [ok('tracing', `a collector answers at ${endpoint}`)];
  } catch {
    return [
      warn(
        'tracing',
        `no collector answers at ${endpoint}: spans are dropped, runs are not affected`,
        'Start it, correct OTEL_EXPORTER_OTLP_ENDPOINT, or unset it.',
      ),
    ];
  }
}
