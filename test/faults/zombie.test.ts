/** An attempt that was overtaken while it slept: it gets nothing written, notices, and gives up. */
import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema } from '../../contracts/spec/stages/training.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { checkout } from '../../infra/stack.js';
import { EngineProcess } from '../../worker/engine/engineProcess.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { FaultProxy } from '../s3/faultProxy.js';
import { LateWrites } from '../s3/lateWrites.js';
import { callbacks, Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { eventually, isGone } from '../stacks/processes.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';

const tiny = sharedData('datasets/tiny');
/** So many that both attempts have something to do. */
const epochs = 60;

describe('two engine processes and one stage', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let pipeline: Pipeline;
  let head: string;

  before(async () => {
    server = await startS3Server();
    proxy = await FaultProxy.start(server.variables.AWS_ENDPOINT_URL_S3 ?? '');
    await uploadTree(server.store, tiny, 'tiny');
    pipeline = await Pipeline.begin(dependenciesFor(server.store, join(server.folder, 'cache')), {
      ...tinySpec,
      dataset: { uri: server.store.uri('tiny') },
      fineTune: [{ epochs, ...shortStep }],
      checkpoint: { everySeconds: 0.2 },
    });
    await pipeline.preprocess();
    await pipeline.features();
    head = (await pipeline.train(0, [])).key;
  });
  after(async () => {
    await proxy.stop();
    await server.stop();
  });

  for (const [wakes, name] of [
    ['while the other trains', 'early'],
    ['when the other is done', 'late'],
  ] as const) {
    test(`one that slept and wakes up ${wakes} gets nothing written, and learns of the conflict`, async () => {
      const engine = async (endpoint: string, machine: string): Promise<EngineProcess> => {
        const home = join(server.folder, machine);
        await mkdir(home, { recursive: true });
        await symlink(join(checkout, '.graftwork', 'weights'), join(home, 'weights'));
        return new EngineProcess({
          environment: {
            ...process.env,
            ...server.variables,
            AWS_ENDPOINT_URL_S3: endpoint,
            GRAFTWORK_HOME: home,
          },
        });
      };
      const sleeper = await engine(proxy.endpoint, `${name}-sleeper`);
      const heir = await engine(server.variables.AWS_ENDPOINT_URL_S3 ?? '', `${name}-heir`);
      const key = stageKey(pipeline.plan, 1, [head], null);
      const input = {
        plan: pipeline.planDigest,
        stage: 1,
        previous: [head],
        finish: false,
        generation: 0,
        halvings: 0,
      };
      const train = (on: EngineProcess, attempt: number) =>
        on.run('trainStage', input, { run: 'run', attempt }, callbacks());
      try {
        const manifest = () =>
          server.store.getJsonIfPresent(objectKeys.checkpointManifest(key), checkpointManifestSchema);
        const overtaken = train(sleeper, 1);
        const stored = eventually('it trains', async () => ((await manifest())?.checkpoints.length ?? 0) > 0);
        await Promise.race([stored, overtaken]);
        const { pid } = sleeper;
        assert.ok(pid !== undefined);
        process.kill(pid, 'SIGSTOP');

        const late = new LateWrites(proxy);
        const done = train(heir, 2);
        await eventually('the other has the lease', async () => (await manifest())?.lease.token === 2);
        late.begin();
        if (name === 'late') await done;
        process.kill(pid, 'SIGCONT');
        await assert.rejects(overtaken, { code: 'GW_CONFLICT', retryable: true });
        const { result, resumedFrom } = await done;
        assert.equal(result.epochs.length, epochs);
        assert.ok(resumedFrom, 'it went on from what the sleeper had stored');
        assert.deepEqual(late.accepted, []);
        assert.ok(late.refused > 0);
        // The process is idle, not broken: it takes the next job and finds the result.
        assert.equal((await train(sleeper, 3)).reused, true);
        await Promise.all([sleeper.close(), heir.close()]);
        assert.ok(await isGone(pid));
      } finally {
        await Promise.all([sleeper.close(), heir.close()]);
        await server.store.delete(objectKeys.stageResult(key));
      }
    });
  }
});
