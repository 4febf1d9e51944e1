/** What tests of the lease have in common: an S3 server, a proxy before it that fails on demand, and looks at who lives. */
import { join } from 'node:path';
import { objectKeys } from '../../contracts/objectKeys.js';
import {
  checkpointManifestSchema,
  type CheckpointFacts,
  type CheckpointManifest,
} from '../../contracts/spec/stages/training.js';
import type { LeaseTimes } from '../../storage/checkpoints/leaseSeen.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { openS3Connection } from '../../storage/s3/s3Connection.js';
import { dependenciesFor, type TestDependencies } from '../fixtures/dependencies.js';
import { FaultProxy } from './faultProxy.js';
import { eventually } from '../stacks/processes.js';
import { startS3Server, type S3Server } from './s3Server.js';

export const times: LeaseTimes = { abandonedAfter: 200, lookEvery: 20, beatEvery: 50 };
/** Looks without a change after which a holder counts as dead, and some more. */
export const manyLooks = 15;
/** Of trainers that nobody is to take for dead, however busy the machine is. */
const patient: LeaseTimes = { ...times, abandonedAfter: 600_000 };

export const facts: CheckpointFacts = {
  position: { epoch: 1, step: 1, globalStep: 1 },
  running: { lossSum: 1, images: 1 },
  epochs: [],
  best: null,
  incoming: null,
  seconds: 1,
};

export class LeaseWorld {
  private constructor(
    readonly server: S3Server,
    readonly proxy: FaultProxy,
    /** Through the proxy. */
    readonly proxied: ObjectStore,
  ) {}

  static async start(): Promise<LeaseWorld> {
    const server = await startS3Server();
    const proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? '');
    const variables = { ...server.variables, AWS_ENDPOINT_URL_S3: proxy.endpoint };
    return new LeaseWorld(server, proxy, new ObjectStore(server.store.bucket, openS3Connection(variables)));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.server.stop();
  }

  manifestOf(stage: string): Promise<CheckpointManifest | undefined> {
    return this.server.store.getJsonIfPresent(objectKeys.checkpointManifest(stage), checkpointManifestSchema);
  }

  async beatsOf(stage: string): Promise<number> {
    return (await this.manifestOf(stage))?.lease.beat ?? 0;
  }

  /**
   * For those who wait for a stage: each look comes after another sign of life, so that nothing depends on how fast the machine is.
   * Without signs of life it waits for ever.
   */
  afterBeats(stage: string, isOver: (looks: number) => boolean | Promise<boolean>): () => Promise<boolean> {
    let looks = 0;
    let seen = 0;
    return async (): Promise<boolean> => {
      await eventually('it lives or is done', async () => {
        const beat = await this.beatsOf(stage);
        const isAnother = beat !== seen || (await isOver(looks));
        seen = beat;
        return isAnother;
      });
      looks += 1;
      return isOver(looks);
    };
  }

  /** Another machine with its own copies of nothing. */
  machine(name: string, store = this.server.store): TestDependencies {
    return { ...dependenciesFor(store, join(this.server.folder, name)), leaseTimes: patient };
  }

  async forget(stage: string): Promise<void> {
    const { store } = this.server;
    for await (const { key } of store.list(objectKeys.checkpointFolder(stage))) await store.delete(key);
  }
}
