/** `graftwork worker`: serves one or more pools until it is stopped. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Worker } from '@temporalio/worker';
import { dataConverter } from '../codec/dataConverter.js';
import { parseEnvironment } from '../contracts/environment.js';
import { asGraftworkError, GraftworkError } from '../contracts/errors.js';
import { pools, type Pool } from '../contracts/names.js';
import { startTracingIfWanted } from '../telemetry/startTracingIfWanted.js';
import { checkStore } from './checkStore.js';
import { createDependencies } from './dependencies.js';
import { chooseDevices, discoverDevices } from './devices.js';
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

interface Flags {
  pool: Pool[];
  devices?: string;
  requireGpu: boolean;
  /** Seconds. */
  grace: number;
}

async function serve({ pool, devices, requireGpu, grace }: Flags): Promise<void> {
  const slots = pool.includes('gpu')
    ? chooseDevices(await discoverDevices(process.env), devices?.split(','), requireGpu)
    : [];
  const environment = parseEnvironment(process.env);
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
  // The workflow pool has no use for the store.
  if (pool.some((name) => name !== 'workflow')) {
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

const command = new Command('npx graftwork worker')
  .description('Serve worker pools until SIGTERM or Ctrl-C.')
  .addOption(new Option('--pool <name...>', 'pools to serve').choices(pools).default([...pools]))
  .option('--devices <ids>', 'CUDA devices of the gpu pool, e.g. 0,1; default: all that nvidia-smi lists, else the CPU')
  .option('--require-gpu', 'refuse to work without a GPU that TensorFlow can use', false)
  .option('--grace <seconds>', 'time to checkpoint and end after SIGTERM', seconds, 15)
  .addHelpText(
    'after',
    '\nGRAFTWORK_METRICS_ADDRESS and GRAFTWORK_HEALTH_ADDRESS (host:port) serve metrics and answer probes.\nExample: npx graftwork worker --pool gpu --devices 0,1',
  )
  // A mistake in the flags is reported and counted as every other mistake: exit code 2.
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  // Beside long flags, too, help is folded between words.
  .configureHelp({ minWidthToWrap: 16 });

/** Longer than anybody waits for a machine; a timer of more than 24 days would end at once. Seconds. */
const longestGrace = 86_400;

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= longestGrace && text.trim() !== '') return value;
  throw new InvalidArgumentError(`Give a number of seconds, at most ${longestGrace}.`);
}

function usageError(error: CommanderError): GraftworkError {
  return new GraftworkError('GW_USAGE', error.message.replace(/^error: /, ''), {
    remedy: 'See `graftwork worker --help`.',
    cause: error,
  });
}

command
  .parseAsync()
  .then(() => serve(command.opts<Flags>()))
  .catch((thrown: unknown) => {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return; // --help
    const error = thrown instanceof CommanderError ? usageError(thrown) : asGraftworkError(thrown);
    process.stderr.write(`${error.code}: ${error.message}${error.remedy === undefined ? '' : `\n${error.remedy}`}\n`);
    process.exitCode = error.exitCode;
  });
