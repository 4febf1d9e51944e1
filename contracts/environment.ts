/** The environment variables Graftwork reads itself. Temporal's and AWS's own are read by their SDKs. */
import { z } from 'zod';
import { visibleFields } from './codecKeys.js';
import { GraftworkError } from './errors.js';
import { issueText } from './issueText.js';

/** An empty variable is as good as none. */
function unlessEmpty<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
}

const commaSeparated = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

const addressSchema = unlessEmpty(
  z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'write host:port, for example 127.0.0.1:9464')
    .refine((address) => Number(/\d+$/.exec(address)?.[0]) <= 65_535, 'a port is at most 65535'),
);

export const environmentSchema = z.object({
  GRAFTWORK_BUCKET: z
    .string()
    .regex(/^[^\s/]{3,63}$/, 'write the name of a bucket, 3 to 63 characters without spaces and slashes')
    .default('graftwork'),
  /** Tools, caches, embedded state. Relative to the working folder. */
  GRAFTWORK_HOME: z.string().min(1).default('.graftwork'),
  /** GiB that copies of the bucket's objects may take on local disk; default: 20. */
  GRAFTWORK_CACHE_GIB: z.coerce.number().positive().optional(),
  GRAFTWORK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `host:port` at which a worker serves Prometheus metrics; off without it. */
  GRAFTWORK_METRICS_ADDRESS: addressSchema,
  /** `host:port` at which a worker answers probes (`/live`, `/ready`); off without it. */
  GRAFTWORK_HEALTH_ADDRESS: addressSchema,
  /** Threads of one engine process; default: the cores of the machine. */
  GRAFTWORK_THREADS: z.coerce.number().int().positive().max(1024).optional(),
  /** Minutes after which an engine process without work ends, and frees its memory; default: 5. */
  GRAFTWORK_ENGINE_IDLE_MINUTES: unlessEmpty(z.coerce.number().positive().max(10_000)),
  /** Keys that payloads on their way to Temporal are encrypted with; see codecKeys.ts. */
  GRAFTWORK_CODEC_KEYS: z.string().optional(),
  /** A file that holds them, instead. */
  GRAFTWORK_CODEC_KEYS_FILE: z.string().optional(),
  /** With keys: fields of a spec that stay readable all the same, as search attributes; comma-separated. */
  GRAFTWORK_CODEC_VISIBLE: commaSeparated.pipe(z.array(z.enum(visibleFields))),
  /** Hosts whose https addresses a spec may name as weights, comma-separated; default: those that publish the zoo's. */
  GRAFTWORK_WEIGHT_HOSTS: commaSeparated,
  /** Lets specs send workers to private addresses as well. */
  GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: unlessEmpty(z.stringbool()).transform((allowed) => allowed ?? false),
  /** How the store encrypts objects on its disks; default: as the bucket says. */
  GRAFTWORK_S3_SSE: unlessEmpty(z.enum(['AES256', 'aws:kms', 'aws:kms:dsse'])),
  /** The key for `aws:kms`; default: the account's own. */
  GRAFTWORK_S3_SSE_KMS_KEY_ID: unlessEmpty(z.string()),
  /** What notifications to webhooks are signed with; unsigned without it. */
  GRAFTWORK_WEBHOOK_SECRET: z.string().optional(),
  /** What a caller of the codec server has to show. */
  GRAFTWORK_CODEC_TOKEN: z.string().optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

/** @throws GraftworkError GW_ENVIRONMENT_INVALID naming the variable. */
export function parseEnvironment(variables: Record<string, string | undefined>): Environment {
  const parsed = environmentSchema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new GraftworkError(
    'GW_ENVIRONMENT_INVALID',
    `${issue?.path.join('.') ?? 'environment'}: ${issue === undefined ? 'invalid' : issueText(issue, variables)}`,
    {
      remedy: 'Correct or unset the variable.',
    },
  );
}
