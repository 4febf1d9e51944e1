/** `augmentation.policy: auto`, through the workflow: asked once, and only where the spec asks. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { runResultSchema } from '../../contracts/run/result.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { timeSkippingServer, toolMissing, withWorkers } from '../stacks/temporalForTests.js';
import { activities, spec } from '../stacks/workflowsForTests.js';

describe('a run that has its augmentation chosen', { skip: toolMissing('temporal-test-server') }, () => {
  let environment: TestWorkflowEnvironment;
  beforeEach(async () => {
    environment = await timeSkippingServer();
  });
  afterEach(() => environment.teardown());

  test('plans with what validation favours, and says why; other runs ask nothing', async () => {
    const planned: RunSpec['augmentation'][] = [];
    const made = activities(1);
    const watched: typeof made = {
      ...made,
      planRun: (input) => {
        planned.push(input.spec.augmentation);
        return made.planRun(input);
      },
    };
    const results = await withWorkers(environment, watched, async () => {
      const auto: RunSpec = { ...spec, augmentation: { ...spec.augmentation, policy: 'auto' } };
      const run = async (workflowId: string, given: RunSpec) =>
        runResultSchema.parse(
          await environment.client.workflow.execute(workflowTypes.train, {
            workflowId,
            taskQueue: taskQueues.workflow,
            args: [given],
          }),
        );
      return [await run('auto', auto), await run('given', spec)];
    });
    assert.deepEqual(planned, [{ ...spec.augmentation, horizontalFlip: false }, spec.augmentation]);
    assert.equal(results[0]?.augmentation?.reason, 'crop: the lowest loss');
    assert.equal(results[1]?.augmentation, undefined);
  });
});
