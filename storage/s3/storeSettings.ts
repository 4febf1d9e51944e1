/** Whether anybody said which object store is meant: without that, every call goes to a stranger's bucket at AWS. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** One is enough: a bucket alone is one at AWS, and a server of one's own may have the bucket of the default name. */
const names = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'GRAFTWORK_BUCKET'];

/** @throws GraftworkError GW_ENVIRONMENT_INVALID when neither an endpoint nor a bucket is configured */
export async function requireStoreSettings(variables: Variables): Promise<void> {
  // An empty variable counts as one that is not set.
  if (names.some((name) => variables[name]) || (await profilesNameEndpoint(variables))) return;
  throw new GraftworkError(
    'GW_ENVIRONMENT_INVALID',
    'No object store is configured: AWS_ENDPOINT_URL_S3 and GRAFTWORK_BUCKET are not set.',
    {
      remedy: 'Set AWS_ENDPOINT_URL_S3 to the address of your S3 server. For AWS, set GRAFTWORK_BUCKET and AWS_REGION.',
    },
  );
}

/** The SDK finds an endpoint in its own file, too. */
async function profilesNameEndpoint({ AWS_CONFIG_FILE }: Variables): Promise<boolean> {
  const text = await readFile(AWS_CONFIG_FILE || join(homedir(), '.aws', 'config'), 'utf8').catch(() => '');
  return /^\s*endpoint_url\s*=/m.test(text);
}
