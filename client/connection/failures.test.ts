import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError, WorkflowFailedError } from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { GraftworkError } from '../../contracts/errors.js';
import { runFailure } from './failures.js';

function failed(cause: Error): WorkflowFailedError {
  return new WorkflowFailedError('Workflow execution failed', cause, 'NON_RETRYABLE_FAILURE');
}

test('what a worker said about a failure comes back whole', () => {
  const told = new GraftworkError('GW_DATASET_EMPTY', 'no image at s3://b/p', { remedy: 'Put some there.' });
  const application = ApplicationFailure.create({
    type: told.code,
    message: told.message,
    details: [told.toJSON()],
  });
  const activity = new ActivityFailure(
    'Activity task failed',
    'ingestDataset',
    '1',
    'NON_RETRYABLE_FAILURE',
    '',
    application,
  );
  const error = runFailure(failed(activity), 'train-x');
  assert.deepEqual(error.toJSON(), told.toJSON());
});

test('workers that cannot continue a run are distinguished from a Temporal that does not answer', () => {
  const details = 'Unable to perform workflow execution update due to Workflow Task in failed state.';
  const grpc = Object.assign(new Error(details), { code: 9, details, metadata: {} });
  const error = runFailure(new ServiceError('Failed to update', { cause: grpc }), 'train-x');
  assert.equal(error.code, 'GW_WORKER_AWAY');
  assert.match(error.remedy ?? '', /GRAFTWORK_CODEC_KEYS/);
});

test('every other end of a run is named', () => {
  assert.match(runFailure(failed(new CancelledFailure('cancelled')), 'train-x').message, /train-x was cancelled/);
  assert.match(runFailure(failed(new TerminatedFailure('terminated')), 'train-x').message, /train-x was terminated/);
  assert.match(runFailure(failed(ApplicationFailure.create({ message: 'boom' })), 'train-x').message, /failed: boom/);
  const unknown = runFailure(new WorkflowNotFoundError('not found', 'train-x', undefined), 'train-x');
  assert.equal(unknown.code, 'GW_RUN_NOT_FOUND');
  assert.equal(unknown.exitCode, 2);
});
