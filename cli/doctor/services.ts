/** What answers: Temporal and whose it is, the bucket, the workers; and what a crash has left behind. */
import { existsSync } from 'node:fs';
import { GraftworkError, asGraftworkError } from '../../contracts/errors.js';
import { wasLeftBehind } from '../../infra/lock/exclusiveLock.mjs';
import { readStack, stackFile } from '../../infra/stack/stackState.js';
import { supervisorLock } from '../../infra/stack/supervisorLock.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { probeConditions } from '../../storage/probe/probeConditions.js';
import { probeRights, unfitStore } from '../../storage/probe/unfitStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { requireStoreSettings } from '../../storage/s3/storeSettings.js';
import { findEndpoints } from '../../client/connection/endpoints.js';
import type { Endpoints } from '../../client/connection/endpoints.js';
import { workersByPool } from '../../client/connection/stackStatus.js';
import { listRuns } from '../../client/runs/runList.js';
import { connectTemporal, type TemporalConnection } from '../../client/connection/temporalConnection.js';
import { fail, ok, warn } from './check.js';
import type { Check } from './check.js';
import { checkSearchAttributes } from './searchAttributes.js';
import { checkTracing } from './telemetry.js';

export async function checkServices(home: string): Promise<Check[]> {
  let endpoints: Endpoints;
  try {
    endpoints = await findEndpoints(home);
  } catch (error) {
    const misset = error instanceof GraftworkError && error.code === 'GW_ENVIRONMENT_INVALID';
    return [failure(misset ? 'environment' : 'temporal server', error)];
  }
  return [
    ...checkEnvironment(endpoints),
    ...(await checkTemporal(endpoints)),
    ...(await checkBucket(endpoints)),
    ...(await checkTracing(endpoints.variables)),
  ];
}

/** Variables that are set, and that the embedded stack sets otherwise: the person who set them should know that they are not used. */
function checkEnvironment({ origin, variables }: Endpoints): Check[] {
  if (origin !== 'embedded') return [];
  const overridden = Object.keys(variables).filter(
    // Graftwork's home is the same folder, written in full.
    (name) => name !== 'GRAFTWORK_HOME' && process.env[name] && process.env[name] !== variables[name],
  );
  if (overridden.length === 0) return [];
  return [
    warn(
      'environment',
      `the embedded stack uses its own ${overridden.join(', ')}; your settings are ignored`,
      'To use your own servers, set TEMPORAL_ADDRESS as well. Otherwise unset them.',
    ),
  ];
}

async function checkTemporal(endpoints: Endpoints): Promise<Check[]> {
  const { origin, ui } = endpoints;
  const whose = origin === 'embedded' ? 'the embedded stack' : 'from your environment or profile';
  try {
    const connected = await connectTemporal(endpoints);
    try {
      const workers = Object.entries(await workersByPool(connected));
      const idle = workers.filter(([, count]) => count === 0).map(([pool]) => pool);
      return [
        ok(
          'temporal server',
          `${connected.address}, namespace ${connected.namespace} (${whose})${ui === undefined ? '' : `, UI ${ui}`}`,
        ),
        idle.length === 0
          ? ok('workers', workers.map(([pool, count]) => `${pool} ${count}`).join(', '))
          : warn(
              'workers',
              `no worker serves ${idle.join(', ')}`,
              `Start them: npx graftwork worker --pool ${idle.join(' ')}`,
            ),
        ...(await checkSearchAttributes(connected)),
        ...(await checkRuns(connected)),
      ];
    } finally {
      await connected.connection.close();
    }
  } catch (error) {
    return [failure('temporal server', error)];
  }
}

/** What runs say of themselves may be encrypted, with another key than the one here. */
async function checkRuns(connected: TemporalConnection): Promise<Check[]> {
  try {
    await listRuns(connected, 1);
    return [];
  } catch (error) {
    return [failure('runs', error)];
  }
}

async function checkBucket({ settings, variables }: Endpoints): Promise<Check[]> {
  try {
    await requireStoreSettings(variables);
    const store = new ObjectStore(settings.GRAFTWORK_BUCKET, openS3Connection(variables, 1));
    await store.requireBucket();
    const found = ok('s3', `bucket ${store.bucket} at ${store.connection.endpoint}`);
    return [found, await checkConditions(store)];
  } catch (error) {
    return [failure('s3', error)];
  }
}

/** Whether the bucket keeps two writers apart; workers refuse to start where it does not. */
async function checkConditions(store: ObjectStore): Promise<Check> {
  const name = 's3 conditions';
  try {
    const result = await probeConditions(store);
    if (result.state === 'denied') return warn(name, `not checked: ${result.reason}`, probeRights);
    return result.state === 'fit'
      ? ok(name, 'If-Match, If-None-Match and ETags are honoured')
      : failure(name, unfitStore(store, result.lacks));
  } catch (error) {
    return failure(name, error);
  }
}

/** Files of an embedded stack whose processes are gone. */
export async function checkLeftovers(home: string): Promise<Check> {
  const stale = existsSync(stackFile(home)) && (await readStack(home)) === undefined;
  return stale || wasLeftBehind(supervisorLock(home))
    ? warn(
        'leftovers',
        'the embedded stack ended without cleaning up',
        'npx graftwork up --detach starts it again; nothing is lost.',
      )
    : ok('leftovers', 'none');
}

function failure(name: string, error: unknown): Check {
  const { message, remedy } = asGraftworkError(error);
  return fail(name, message, remedy ?? 'See `npx graftwork status`.');
}
