/**
 * One zombie: a gpu worker and its engine are stopped (SIGSTOP) in the midst of training until Temporal has given them up
 * and another worker has taken over; then they are woken up. Over in about a minute, most of it the heartbeat timeout.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { checkpointManifests } from '../s3/checkpointManifests.js';
import { FaultProxy } from '../s3/faultProxy.js';
import { LateWrites } from '../s3/lateWrites.js';
import { enginesOf, eventually, isGone } from './processes.js';
import type { WorkersForTests } from './workersForTests.js';

export interface ZombieTrial {
  /** Local folder of images. */
  images: string;
  seed: number;
  /** Of fine-tuning: so many that both attempts have something to do. */
  epochs: number;
  /** Steps of fine-tuning before the worker is stopped. */
  steps: number;
  /** Milliseconds from the takeover to the awakening. */
  sleepsOn: number;
}

export interface ZombieOutcome {
  /** What the zombie got written after it was overtaken, and somebody may read. */
  lateWrites: string[];
  /** Whether the zombie's worker ended with code 0 when asked to, and left no engine. */
  leftCleanly: boolean;
  /** Digest of the model's parameters. */
  model: string;
}

/** @param stack with a workflow and a cpu worker, and no gpu worker */
export async function zombieTrial(
  stack: WorkersForTests,
  { images, seed, epochs, steps, sleepsOn }: ZombieTrial,
): Promise<ZombieOutcome> {
  const proxy = await FaultProxy.start(stack.servers.s3Endpoint);
  const late = new LateWrites(proxy);
  const zombie = await stack.worker({
    name: `zombie-${seed}`,
    pools: ['gpu'],
    variables: { AWS_ENDPOINT_URL_S3: proxy.endpoint },
  });
  const spec = { ...tinySpec, name: 'zombies', seed, fineTune: [{ epochs, ...shortStep }] } satisfies UserSpec;
  const run = await stack.graftwork.train(images, { spec });
  await eventually('it trains', async () => {
    const { activities } = await run.status();
    return activities.some(
      ({ progress }) => progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done >= steps,
    );
  });
  const [engine] = await enginesOf(zombie.pid);
  if (engine === undefined) throw new Error('the worker has no engine');
  for (const pid of [zombie.pid, engine]) process.kill(pid, 'SIGSTOP');
  const heir = await stack.worker({ name: `heir-${seed}`, pools: ['gpu'] });

  await eventually('another worker has the run', async () => (await stack.holders(run.id)).includes(heir.pid));
  await eventually('it has the lease, or is done already', () => overtaken(stack));
  late.begin();
  await delay(sleepsOn);
  for (const pid of [engine, zombie.pid]) process.kill(pid, 'SIGCONT');

  const { model } = await run.result();
  if (model === null) throw new Error('the run made no model');
  zombie.signal('SIGTERM');
  const { code } = await zombie.exited;
  const leftCleanly = code === 0 && (await isGone(engine));
  heir.signal('SIGTERM');
  await heir.exited;
  await proxy.stop();
  const card = await stack.graftwork.models.card(model.name, model.version);
  return { lateWrites: late.accepted, leftCleanly, model: card.parameters.sha256 };
}

/** Whether a second attempt has the lease of the one stage in training; its manifest goes when the stage is done. */
async function overtaken({ graftwork }: WorkersForTests): Promise<boolean> {
  return (await checkpointManifests(graftwork.store)).every(({ lease }) => lease.token >= 2);
}
