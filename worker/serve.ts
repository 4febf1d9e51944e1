/** What a worker does from its start to its end. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from '@temporalio/worker';
import { dataConverter } from '../codec/dataConverter.js';
import { parseEnvironment } from '../contracts/environment.js';
import type { GraftworkError } from '../contracts/errors.js';
import { requireStoreSettings } from '../storage/s3/storeSettings.js';
import { startTracingIfWanted } from '../telemetry/startTracingIfWanted.js';
import { checkStore } from './checkStore.js';
import { createDependencies } from './dependencies.js';
import { chooseDevices, discoverDevices } from './devices.js';
import type { WorkerFlags } from './flags.js';
import { engineEnvironment } from './engine/engineEnvironment.js';
import { EnginePool } from './engine/enginePool.js';
import { serveHealth } from './health.js';
import { createLogger } from './logger.js';
import { meteredBy } from './metrics.js';
import { createPool } from './pools.js';
import { linkShippedWeights } from './shippedWeights.js';
import { stopOnSignals } from './shutdown.js';
import { connectTemporal } from './temporalConnection.js';
import { endRuntime, installRuntime } from './temporalRuntime.js';

/**
 * Serves one or more pools until it is stopped.
 *
 * @throws GraftworkError when it cannot begin: GW_USAGE without a device that is wanted, GW_TEMPORAL_UNREACHABLE, GW_S3_…
 */
export async function serve({ pool, devices, requireGpu, grace }: WorkerFlags): Promise<void> {
  const slots = pool.includes('gpu')
    ? chooseDevices(await discoverDevices(process.env), devices?.split(','), requireGpu)
    : [];
  const environment = parseEnvironment(process.env);
  // The workflow pool has no use for the store.
  const usesStore = pool.some((name) => name !== 'workflow');
  if (usesStore) await requireStoreSettings(process.env);
  const log = createLogger(environment.GRAFTWORK_LOG_LEVEL);
  const idleMinutes = environment.GRAFTWORK_ENGINE_IDLE_MINUTES;
  const { codec, ...converter } = dataConverter(process.env);
  const meter = installRuntime(log, environment.GRAFTWORK_METRICS_ADDRESS);
  const tracing = await startTracingIfWanted('graftwork-worker', process.env);
  const dependencies = createDependencies(process.env, meteredBy(meter));
  const workers: Worker[] = [];
  if (environment.GRAFTWORK_HEALTH_ADDRESS !== undefined) {
    const ready = (): boolean => workers.length > 0 && workers.every((worker) => worker.getState() === 'RUNNING');
    await serveHealth(environment.GRAFTWORK_HEALTH_ADDRESS, { ready });
  }
  if (usesStore) {
    await checkStore(dependencies.store, log).catch(async (error: unknown) => {
      await endRuntime();
      throw error;
    });
  }
  const { connection, namespace } = await connectTemporal();
  try {
    // What engines lay aside for a moment stays within the home.
    const temporary = join(dependencies.home, 'tmp');
    mkdirSync(temporary, { recursive: true });
    linkShippedWeights(dependencies.home);
    // A device that is lost later: other workers go on with what trains here.
    let leaving = false;
    const leave = (error: GraftworkError): void => {
      // A second signal would not wait for the checkpoints of other slots.
      if (leaving) return;
      leaving = true;
      log.error({ code: error.code, remedy: error.remedy }, error.message);
      process.exitCode = error.exitCode;
      process.kill(process.pid, 'SIGTERM');
    };
    await using engine = new EnginePool(
      slots,
      engineEnvironment(process.env, temporary),
      dependencies.measure,
      requireGpu ? leave : undefined,
      idleMinutes === undefined ? undefined : 60_000 * idleMinutes,
    );
    if (requireGpu) await engine.requireGpu();
    const context = {
      ...{ connection, namespace, dataConverter: converter, dependencies, engine, slots: slots.length },
      tracing: tracing && (await import('../telemetry/workerTracing.js')).workerTracing(tracing),
    };
    workers.push(...(await Promise.all(pool.map((name) => createPool(name, context)))));
    stopOnSignals({ workers, engine, grace: 1000 * grace, log });
    log.info(
      { pools: pool, namespace, encrypted: codec.isOn, devices: slots.map((device) => device ?? 'cpu') },
      'serving',
    );
    // The embedded stack counts a worker as up when it says so.
    process.send?.('ready');
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await tracing?.flush(2_000);
    await connection.close();
  }
}
