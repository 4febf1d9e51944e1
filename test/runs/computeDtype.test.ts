/** `compute.dtype`: chosen once, named by the keys, and computed by every worker. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chooseDtype } from '../../activities/plan/chooseDtype.js';
import { headKey } from '../../activities/rank/headScores.js';
import type { Activities } from '../stacks/temporalForTests.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { RunSpec, UserSpec } from '../../contracts/spec/runSpec.js';
import { hasBfloat16 } from '../../learning/graphs/processor.js';
import { stageKey } from '../../storage/checkpoints/stageKeys.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { Pipeline, uploadTree } from '../fixtures/pipeline.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { s3Unavailable, startS3Server, type S3Server } from '../s3/s3Server.js';
import { tinySpec } from '../fixtures/quickSpecs.js';
import { timeSkippingServer, toolMissing, withWorkers } from '../stacks/temporalForTests.js';
import { activities, spec } from '../stacks/workflowsForTests.js';

const refused = { code: 'GW_SPEC_INVALID', retryable: false, message: /^compute\.dtype: / };

describe('the number format in the keys of a plan', { skip: s3Unavailable || sharedDataMissing }, () => {
  let server: S3Server;
  before(async () => {
    server = await startS3Server();
    await uploadTree(server.store, sharedData('datasets/tiny'), 'tiny');
  });
  after(() => server.stop());

  const begin = (compute?: UserSpec['compute']): Promise<Pipeline> => {
    const user: UserSpec = { ...tinySpec, name: 'tiny', dataset: { uri: server.store.uri('tiny') } };
    const dependencies = dependenciesFor(server.store, join(server.folder, compute?.dtype ?? 'none'));
    return Pipeline.begin(dependencies, { ...user, ...(compute === undefined ? {} : { compute }) });
  };
  const keysOf = (plan: Plan): string[] => [
    ...plan.features.map(({ key }) => key),
    ...plan.stages.map((_stage, index) => stageKey({ ...plan, features: [] }, index, [], null)),
    headKey(plan, [])[0],
  ];

  test('float32 has the keys of specs that name none; bfloat16 has keys of its own for all that it computes', async () => {
    const plain = await begin({ dtype: 'float32' });
    const { compute: _, ...older } = plain.plan.spec;
    assert.deepEqual(keysOf({ ...plain.plan, spec: older }), keysOf(plain.plan));
    const low = await begin({ dtype: 'bfloat16' });
    const keys = new Set(keysOf(plain.plan));
    assert.deepEqual(
      keysOf(low.plan).filter((key) => keys.has(key)),
      [],
    );
  });

  test('every worker goes on with a plan in bfloat16; only one that has it chooses it', async () => {
    const low = await begin({ dtype: 'bfloat16' });
    await low.preprocess();
    await low.features();
    assert.ok((await low.trainAll()).length > 0);
    const { log } = low.dependencies;
    assert.equal(await chooseDtype({ log }, { dtype: 'auto' }), hasBfloat16() ? 'bfloat16' : 'float32');
    assert.equal(await chooseDtype({ log }, { dtype: 'float32' }), 'float32');
    if (!hasBfloat16()) await assert.rejects(async () => chooseDtype({ log }, { dtype: 'bfloat16' }), refused);
  });
});

describe('the number format in a run', { skip: toolMissing('temporal-test-server') }, () => {
  test('the run plans with what a worker chose and looked up; a spec that names no format asks nothing', async () => {
    const environment = await timeSkippingServer();
    const [asked, planned]: [RunSpec['compute'][], RunSpec['compute'][]] = [[], []];
    const sources: string[] = [];
    const made = activities(1);
    const answering = (answer: 'float32' | 'bfloat16'): Activities => ({
      ...made,
      chooseDtype: (input) => {
        asked.push(input);
        return Promise.resolve(answer);
      },
      // A worker of before answers nothing.
      checkSpec: ({ spec: { backbone } }) =>
        Promise.resolve(backbone.name === 'timm/x' ? { backbone: { ...backbone, name: 'timm/x@c0ffee' } } : undefined),
      planRun: (input) => {
        planned.push(input.spec.compute);
        sources.push(input.spec.backbone.name);
        return made.planRun(input);
      },
    });
    const run = (workflowId: string, given: RunSpec, answer: 'float32' | 'bfloat16'): Promise<unknown> =>
      withWorkers(environment, answering(answer), () =>
        environment.client.workflow.execute(workflowTypes.train, {
          ...{ workflowId, args: [given] },
          taskQueue: taskQueues.workflow,
        }),
      );
    try {
      await run('low', { ...spec, compute: { dtype: 'auto' } }, 'bfloat16');
      await run('full', { ...spec, compute: { dtype: 'auto' } }, 'float32');
      const { compute: _, ...older } = spec;
      await run('older', { ...older, backbone: { name: 'timm/x' } }, 'bfloat16');
    } finally {
      await environment.teardown();
    }
    assert.deepEqual(asked, [{ dtype: 'auto' }, { dtype: 'auto' }]);
    assert.deepEqual(planned, [{ dtype: 'bfloat16' }, { dtype: 'float32' }, undefined]);
    assert.deepEqual(sources, [spec.backbone.name, spec.backbone.name, 'timm/x@c0ffee'], 'a checkpoint at its commit');
  });
});
