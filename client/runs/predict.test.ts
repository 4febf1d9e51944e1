import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireAnswerable } from './predict.js';

test('a prediction of nothing, or of numbers that cannot be, is refused before anything is sent', () => {
  requireAnswerable(['a.png'], { topK: 5, views: 1 });
  const refused = (sources: string[], counts: Parameters<typeof requireAnswerable>[1], message: RegExp): void =>
    assert.throws(() => requireAnswerable(sources, counts), { code: 'GW_USAGE', message });
  refused([], { topK: 5, views: 1 }, /no image/);
  refused(['a.png'], { topK: 0, views: 1 }, /topK: /);
  refused(['a.png'], { topK: 1.5, views: 1 }, /topK: expected a whole number, found 1\.5/);
  refused(['a.png'], { topK: 5, views: Number.NaN }, /views: /);
  const sets = { coverage: 1, method: 'lac', perClass: false } as const;
  refused(['a.png'], { topK: 5, views: 1, sets }, /sets\.coverage: /);
});
