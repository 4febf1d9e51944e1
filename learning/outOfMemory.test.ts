import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutOfMemory } from './outOfMemory.js';
import { tf } from './tensorflow.js';

test("an allocation that TensorFlow's allocator refuses is distinguished from other errors", () => {
  const thrownBy = (work: () => unknown): unknown => {
    try {
      work();
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  };
  // 2^58 bytes: no machine has them.
  const refused = thrownBy(() => tf.tidy(() => tf.fill([2 ** 28, 2 ** 28], 1).dataSync()));
  assert.ok(refused instanceof Error, 'the allocation is refused');
  assert.ok(isOutOfMemory(refused), refused.message);

  const mismatch = thrownBy(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3])));
  assert.ok(mismatch instanceof Error);
  assert.ok(!isOutOfMemory(mismatch));
});

test('what other parts of the stack say when memory is gone', () => {
  for (const message of [
    'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[256,112,112,96]',
    'Invalid TF_Status: 10\nMessage: Operation received an exception:Status: 1, message: could not create a primitive',
    'RESOURCE_EXHAUSTED: failed to allocate memory',
    'CUDA_ERROR_OUT_OF_MEMORY: out of memory',
    'Array buffer allocation failed',
    'std::bad_alloc',
  ]) {
    assert.ok(isOutOfMemory(new Error(message)), message);
  }
});
