import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** @param lacks as `probeConditions` finds them */
export function unfitStore({ bucket, connection }: ObjectStore, lacks: readonly string[]): GraftworkError {
  return new GraftworkError(
    'GW_S3_UNFIT',
    `The object store at ${connection.endpoint} (bucket “${bucket}”) lacks what Graftwork needs: ${lacks.join('; ')}.`,
    {
      remedy:
        'Use a store whose version honours If-Match and If-None-Match as Amazon S3 does. A proxy or gateway in front of it must pass both headers, the answer 412 and ETags unchanged.',
    },
  );
}

/** What to do where a role may not probe. */
export const probeRights =
  'Allow this role to put, get and delete objects below probes/, and to list the bucket. infra/policies/ has the rights of each role.';
