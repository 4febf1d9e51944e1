import { join } from 'node:path';

export interface Addresses {
  home: string;
  temporal: { address: string; namespace: string };
  s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string };
}

/**
 * The variables with which Temporal's and AWS's SDKs find the embedded servers. They also switch off what a user may
 * have set for servers elsewhere: profiles, session tokens and TLS.
 */
export function environmentOf({ home, temporal, s3 }: Addresses): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    // A profile file that does not exist counts as empty; an empty one is refused by the TypeScript SDK.
    TEMPORAL_CONFIG_FILE: join(home, 'no-temporal-profile.toml'),
    TEMPORAL_PROFILE: '',
    TEMPORAL_TLS: 'false',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    GRAFTWORK_BUCKET: s3.bucket,
    GRAFTWORK_HOME: home,
  };
}
