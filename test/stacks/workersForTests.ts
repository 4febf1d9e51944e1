/** Real servers, and worker processes that a test starts, disturbs and stops one by one. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Graftwork } from '../../client/index.js';
import type { Pool } from '../../contracts/names.js';
import { checkout, startServers, type Servers } from '../../infra/stack.js';
import { OwnedProcess } from '../../infra/stack/ownedProcess.js';
import { waitUntil } from '../../infra/stack/waitUntil.js';

export interface WorkerOptions {
  pools: readonly Pool[];
  /** Distinguishes its log from others'. */
  name: string;
  /** Laid over those that lead to the servers. */
  variables?: Record<string, string>;
  args?: readonly string[];
}

export class WorkersForTests {
  private readonly workers: OwnedProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly servers: Servers,
    readonly graftwork: Graftwork,
    /** For what Graftwork's own client has no use for. */
    readonly temporal: Client,
  ) {}

  /**
   * Starts the servers. This process's environment leads to them from now on.
   * @param s3Config writes the S3 server's identities and policies into the folder, and says where
   */
  static async start(s3Config?: (folder: string) => Promise<string>): Promise<WorkersForTests> {
    const folder = await mkdtemp(join(tmpdir(), 'graftwork-workers-'));
    await symlink(join(checkout, '.graftwork', 'weights'), join(folder, 'weights'));
    const servers = await startServers({
      directory: folder,
      ...(s3Config === undefined ? {} : { s3Config: await s3Config(folder) }),
    });
    Object.assign(process.env, servers.environment);
    const graftwork = await Graftwork.connect({ home: folder });
    const connection = await Connection.connect({ address: servers.temporalAddress });
    return new WorkersForTests(folder, servers, graftwork, new Client({ connection }));
  }

  /** Starts a worker and waits until it serves. */
  async worker({ pools, name, variables = {}, args = [] }: WorkerOptions): Promise<OwnedProcess> {
    const worker = new OwnedProcess({
      name,
      program: process.execPath,
      // On a loaded machine a checkpoint takes long, too; the last of two `--grace` counts.
      args: [join(checkout, 'dist', 'worker', 'main.js'), '--pool', ...pools, '--grace', '60', ...args],
      env: {
        ...process.env,
        ...this.servers.environment,
        ...{ TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2' },
        ...variables,
      },
      cwd: checkout,
      log: join(this.folder, 'logs', `${name}.log`),
      tellsReady: true,
    });
    this.workers.push(worker);
    await waitUntil(worker, () => Promise.resolve(worker.ready));
    return worker;
  }

  /** Process ids of the workers that have a run's activities now. */
  async holders(run: string): Promise<number[]> {
    const { raw } = await this.temporal.workflow.getHandle(run).describe();
    return (raw.pendingActivities ?? []).flatMap(({ lastWorkerIdentity: identity, state }) => {
      const [pid, host] = identity?.split('@') ?? [];
      return state === started && host === hostname() ? Number(pid) : [];
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(10_000)));
    await this.graftwork[Symbol.asyncDispose]();
    await this.temporal.connection.close();
    await this.servers.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

/** temporal.api.enums.v1.PendingActivityState */
const started = 2;
