import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { optimizerSchema, partialOptimizerSchema, type PartialOptimizer } from './optimizerSpec.js';
import { resolveSpec } from '../recipes.js';

const dataset = { uri: 's3://bucket/photos' };

test('what a person may write of an optimizer has every setting of every optimizer, in its range, without defaults', () => {
  const { properties: written = {} } = z.toJSONSchema(partialOptimizerSchema, { io: 'input' });
  const names = new Set<string>();
  for (const option of optimizerSchema.options) {
    const { properties = {} } = z.toJSONSchema(option, { io: 'input' });
    for (const [name, range] of Object.entries(properties)) {
      names.add(name);
      if (name === 'kind' || typeof range === 'boolean') continue;
      const { default: usual, ...bare } = range;
      assert.ok(usual !== undefined, name);
      assert.deepEqual(written[name], bare, name);
    }
  }
  assert.deepEqual(Object.keys(written), [...names]);
  assert.deepEqual(partialOptimizerSchema.parse({ kind: 'sgd' }), { kind: 'sgd' });
});

test('what is out of range is refused by its path, at the ends of the ranges nothing is', () => {
  const wrong: [PartialOptimizer, RegExp][] = [
    [{ beta1: 1 }, /head\.optimizer\.beta1: expected less than 1, found 1/],
    [{ beta2: -0.1 }, /head\.optimizer\.beta2: expected at least 0, found -0\.1/],
    [{ epsilon: 0 }, /head\.optimizer\.epsilon: expected more than 0, found 0/],
    [{ weightDecay: -1e-4 }, /head\.optimizer\.weightDecay: expected at least 0, found -0\.0001/],
    [{ weightDecay: Infinity }, /head\.optimizer\.weightDecay: expected a number/],
    [{ kind: 'sgd', momentum: 1 }, /head\.optimizer\.momentum: expected less than 1, found 1/],
    [{ kind: 'sgd', beta1: 0.9 }, /head\.optimizer: there is no field beta1/],
  ];
  for (const [optimizer, message] of wrong) {
    assert.throws(() => resolveSpec({ dataset, head: { optimizer } }), { code: 'GW_SPEC_INVALID', message });
  }
  const sound: PartialOptimizer[] = [
    { beta1: 0, beta2: 0, epsilon: 1e-16, weightDecay: 0 },
    { weightDecay: 1000 },
    { kind: 'sgd', momentum: 0, nesterov: true },
  ];
  for (const optimizer of sound) {
    const resolved = resolveSpec({ dataset, head: { optimizer } }).head.optimizer;
    assert.deepEqual({ ...resolved, ...optimizer }, resolved);
  }
});
