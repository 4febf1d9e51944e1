/**
 * Structured logs: one JSON object a line, on stderr, so that stdout stays free for results. Within an activity, and in the
 * engine process's part of it, each line carries `run`, `activity`, `stage` and `attempt`; where traces
 * are on, also `trace_id` and `span_id`.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { workContext } from '../activities/shared/workContext.js';
import { spanIds } from '../telemetry/traced.js';

export function createLogger(level: string, destination: DestinationStream = standardError()): Logger {
  return pino({ level, base: { pid: process.pid }, mixin: () => ({ ...workContext(), ...spanIds() }) }, destination);
}

/** Bytes of lines that wait while standard error takes none; later ones are dropped. */
const mostWaiting = 2 ** 20;

/** A log that cannot be written, on a full disk for instance, must not end the worker. */
function standardError(): DestinationStream {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: mostWaiting });
  destination.on('error', () => undefined);
  return destination;
}
