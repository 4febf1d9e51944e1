/** What to say when the hub gives no file: whether a licence has to be accepted first, which one, and where. */
import { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { refusedBy } from './download/download.js';
import { ask, type Reach, type Response } from './download/outwardRequest.js';

export interface RefusedFile {
  /** Of the hub or its mirror, without a slash at the end. */
  endpoint: string;
  repository: string;
  url: string;
  status: number;
  headers: Readonly<Record<string, string>>;
}

/** Of what the hub says of a repository. */
const factsSchema = z.object({
  gated: z.union([z.boolean(), z.string()]).optional(),
  cardData: z
    .object({ license: z.string().optional(), license_name: z.string().optional() })
    .nullish()
    .catch(undefined),
});

/** Far more than the facts of a repository with thousands of files take. */
const mostFactBytes = 8 * 2 ** 20;

/** The error for a file that the hub refuses. A gated repository still says under which licence it gives its files. */
export async function refusedByHub(file: RefusedFile, reach: Reach, signal: AbortSignal): Promise<GraftworkError> {
  const { endpoint, repository, url, status, headers } = file;
  if (status !== 401 && status !== 403) return refusedBy(url, status);
  const hasToken = 'authorization' in headers;
  const facts = await factsOf(file, reach, signal);
  const gated = facts?.gated !== undefined && facts.gated !== false;
  const { license, license_name: name } = facts?.cardData ?? {};
  const licence = name ?? (license === undefined || license === 'other' ? 'its licence' : `the licence ${license}`);
  const account = hasToken
    ? 'with the account that HF_TOKEN belongs to, or set HF_TOKEN to a token of an account that has'
    : 'with your account, then set HF_TOKEN to a token of that account';
  const page = `${endpoint}/${repository}`;
  if (gated || (hasToken && status === 403)) {
    return new GraftworkError(
      'GW_WEIGHTS_NOT_FOUND',
      `${repository} is gated (${status}): it may be read by accounts that have accepted ${licence}.`,
      { remedy: `Accept ${licence} at ${page} ${account}.` },
    );
  }
  return new GraftworkError(
    'GW_WEIGHTS_NOT_FOUND',
    `${url} does not exist or may not be read (${status}): ${repository} is unknown, private or gated.`,
    {
      remedy: `Check the name${hasToken ? ' and HF_TOKEN' : ''}. If the repository is gated, accept its licence at ${page} ${account}.`,
    },
  );
}

/** undefined when the hub does not say, for whatever reason: the refusal itself is what matters. */
async function factsOf(
  { endpoint, repository, headers }: RefusedFile,
  reach: Reach,
  signal: AbortSignal,
): Promise<z.infer<typeof factsSchema> | undefined> {
  try {
    const response = await ask(`${endpoint}/api/models/${repository}`, { headers, signal }, reach);
    return factsSchema.parse(JSON.parse(await textOf(response)));
  } catch {
    return undefined;
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array);
    size += (piece as Uint8Array).byteLength;
    if (size > mostFactBytes) throw new RangeError('the answer is too long');
  }
  return Buffer.concat(pieces).toString('utf8');
}
