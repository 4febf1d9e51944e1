import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeaturesInMemory } from '../features/index.js';
import { outerFences } from '../metrics/trust/outerFences.js';
import { surroundings } from './surroundings.js';

test('distances are to the others of the class, and neighbours are none that belong together', async () => {
  // Directions in degrees; a length means nothing.
  const degrees = [0, 10, 180, 90, 95, 2];
  const data = Float32Array.from(
    degrees.flatMap((angle, index) => {
      const [length, radians] = [index + 1, (angle * Math.PI) / 180];
      return [length * Math.cos(radians), length * Math.sin(radians)];
    }),
  );
  const features = new FeaturesInMemory([2], 1, [{ start: 0, count: degrees.length, data }]);
  const found = await surroundings(
    { features, labels: [0, 0, 0, 1, 1, 2] },
    {
      ...{ classes: 3, wanted: [0, 4], neighbours: 2, signal: new AbortController().signal },
      together: [0, 1, 2, 3, 4, 0],
    },
  );
  assert.deepEqual(found.nearest, [
    [1, 3],
    [3, 1],
  ]);
  const chord = 2 - 2 * Math.cos((5 * Math.PI) / 180);
  assert.ok(Math.abs((found.distances[3] ?? 0) - chord) < 1e-6);
  assert.ok((found.distances[2] ?? 0) > 3.9, 'the one that points away from its class');
  assert.ok(Number.isNaN(found.distances[5] ?? 0), 'a picture that is alone in its class');
});

test('only what lies far beyond the quartiles is far, and a small class has no fence', () => {
  const distances = [...Array.from({ length: 20 }, (_, index) => 1 + index / 20), 9, 9];
  const labels = [...Array.from({ length: 20 }, () => 0), 0, 1];
  const [fence = 0, none] = outerFences(distances, labels, 2);
  assert.ok(fence > 2.9 && fence < 4, String(fence));
  assert.equal(none, Infinity);
});
