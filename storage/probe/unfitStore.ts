import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../objectStore.js';

/** @param lacks as `probeConditions` finds them */
export function unfitStore({ bucket, connection }: ObjectStore, lacks: readonly string[]): GraftworkError {
  return new GraftworkError(
    'GW_S3_UNFIT',
    `The object store at ${connection.endpoint} (bucket “${bucket}”) does not keep what Graftwork relies on: ${lacks.join('; ')}.`,
    {
      remedy:
        'Use a store that honours If-Match and If-None-Match as Amazon S3 does, in a version that does so. A proxy or gateway in front of it has to pass both headers, the answer 412 and ETags unchanged.',
    },
  );
}

/** What to do where a role may not probe. */
export const probeRights =
  'Let this role put, get and delete objects below probes/ and list the bucket (infra/policies/ has each role’s rights).';
