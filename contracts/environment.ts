/** The environment variables that Graftwork reads itself. The SDKs of Temporal and AWS read their own. */
import { z } from 'zod';
import { visibleFields } from './codecKeys.js';
import { GraftworkError } from './errors.js';
import { issueText } from './issueText.js';

/** An empty variable counts as unset. */
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
  /** Folder of tools, caches and embedded state, relative to the working folder. */
  GRAFTWORK_HOME: z.string().min(1).default('.graftwork'),
  /** Local disk space for copies of the bucket's objects, in GiB. Default: 20. */
  GRAFTWORK_CACHE_GIB: z.coerce.number().positive().optional(),
  GRAFTWORK_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Address at which a worker serves Prometheus metrics, as `host:port`. Default: off. */
  GRAFTWORK_METRICS_ADDRESS: addressSchema,
  /** Address at which a worker answers probes (`/live`, `/ready`), as `host:port`. Default: off. */
  GRAFTWORK_HEALTH_ADDRESS: addressSchema,
  /** Number of threads of one engine process. Default: the cores of the machine. */
  GRAFTWORK_THREADS: z.coerce.number().int().positive().max(1024).optional(),
  /** Time after which an engine process without work ends and frees its memory, in minutes. Default: 5. */
  GRAFTWORK_ENGINE_IDLE_MINUTES: unlessEmpty(z.coerce.number().positive().max(10_000)),
  /** Keys that encrypt payloads on their way to Temporal; see codecKeys.ts. */
  GRAFTWORK_CODEC_KEYS: z.string().optional(),
  /** File that holds these keys instead. */
  GRAFTWORK_CODEC_KEYS_FILE: z.string().optional(),
  /** Fields of a spec that stay readable as search attributes despite encryption, comma-separated. */
  GRAFTWORK_CODEC_VISIBLE: commaSeparated.pipe(z.array(z.enum(visibleFields))),
  /** Hosts whose https addresses a spec may name as weights, comma-separated. Default: those that publish the zoo's. */
  GRAFTWORK_WEIGHT_HOSTS: commaSeparated,
  /** Whether specs may also send workers to private addresses. Default: `false`. */
  GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: unlessEmpty(z.stringbool()).transform((allowed) => allowed ?? false),
  /** Encryption of objects on the store's disks. Default: the bucket's setting. */
  GRAFTWORK_S3_SSE: unlessEmpty(z.enum(['AES256', 'aws:kms', 'aws:kms:dsse'])),
  /** Key for `aws:kms`. Default: the account's own. */
  GRAFTWORK_S3_SSE_KMS_KEY_ID: unlessEmpty(z.string()),
  /** Secret that signs notifications to webhooks. Default: none, unsigned. */
  GRAFTWORK_WEBHOOK_SECRET: z.string().optional(),
  /** Token that a caller of the codec server has to send. */
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
