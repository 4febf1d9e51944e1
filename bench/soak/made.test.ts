import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agrees, type Made } from './made.js';

const epochs = (count: number, loss = 1) =>
  Array.from({ length: count }, (_, index) => ({ epoch: index + 1, loss: loss / (index + 1), validation: null }));

function made(parts: Partial<Made> = {}): Made {
  const stages = [
    { name: 'features', kept: true, epochs: [] },
    { name: 'head', kept: true, epochs: epochs(3) },
    { name: 'fine-tune-1', kept: true, epochs: epochs(9) },
  ];
  return { parameters: 'a', stages, test: null, versions: 1, ...parts };
}
const upTo = (stages: number, count: number, loss?: number): Made['stages'] => [
  ...made().stages.slice(0, stages - 1),
  ...made()
    .stages.slice(stages - 1, stages)
    .map((stage) => ({ ...stage, kept: false, epochs: epochs(count, loss) })),
];

test('a run agrees that made the same bytes and figures, and one version', () => {
  assert.ok(agrees(made(), made(), false));
  assert.ok(!agrees(made({ parameters: 'b' }), made(), true));
  assert.ok(!agrees(made({ versions: 2 }), made(), true));
});

test('a run that was finished early agrees as far as it trained', () => {
  for (const stages of [upTo(3, 4), upTo(3, 0), upTo(2, 2)]) {
    assert.ok(agrees(made({ stages, parameters: 'b' }), made(), true));
    assert.ok(!agrees(made({ stages, parameters: 'b' }), made(), false));
  }
  assert.ok(!agrees(made({ stages: upTo(3, 4, 2), parameters: 'b' }), made(), true));
  assert.ok(!agrees(made({ stages: upTo(3, 10), parameters: 'b' }), made(), true));
});
