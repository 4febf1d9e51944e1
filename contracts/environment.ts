/** The environment variables Graftwork reads itself. Temporal's and AWS's own are read by their SDKs. */
import { z } from 'zod';
import { GraftworkError } from './errors.js';

/** An empty variable is as good as none. */
const addressSchema = z.union([
  z.literal('').transform(() => undefined),
  z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'write host:port, for example 127.0.0.1:9464'),
]);

export const environmentSchema = z.object({
  GRAFTWORK_BUCKET: z.string().min(3).max(63).default('graftwork'),
  /** Tools, caches, embedded state. Relative to the working folder. */
  GRAFTWORK_HOME: z.string().min(1).default('.graftwork'),
  /** GiB that copies of the bucket's objects may take on local disk; default: 20. */
  GRAFTWORK_CACHE_GIB: z.coerce.number().positive().optional(),
  GRAFTWORK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `host:port` at which a worker serves Prometheus metrics; off without it. */
  GRAFTWORK_METRICS_ADDRESS: addressSchema.optional(),
  /** `host:port` at which a worker answers probes (`/live`, `/ready`); off without it. */
  GRAFTWORK_HEALTH_ADDRESS: addressSchema.optional(),
  /** Threads of one engine process; default: the cores of the machine. */
  GRAFTWORK_THREADS: z.coerce.number().int().positive().max(1024).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** @throws GraftworkError GW_ENVIRONMENT_INVALID naming the variable. */
export function parseEnvironment(variables: Record<string, string | undefined>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new GraftworkError(
    'GW_ENVIRONMENT_INVALID',
    `${issue?.path.join('.') ?? 'environment'}: ${issue?.message ?? 'invalid'}`,
    {
      remedy: 'Correct or unset the variable.',
    },
  );
}
