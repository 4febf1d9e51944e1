import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../contracts/metrics.js';
import { ReportedMeasures } from './reportedMeasures.js';

test('counts are added up by their labels, single values all arrive, and nothing is sent twice', () => {
  const sent: Sample[][] = [];
  const measures = new ReportedMeasures((samples) => sent.push(samples));
  measures.measure('images', 8, { stage: 'head' });
  measures.measure('images', 5, { stage: 'head' });
  measures.measure('images', 1, { stage: 'features' });
  measures.measure('step', 0.5, { stage: 'head' });
  measures.measure('step', 0.25, { stage: 'head' });
  measures.flush();
  measures.flush();
  measures.measure('images', 2, { stage: 'head' });
  measures.flush();
  assert.deepEqual(sent, [
    [
      { metric: 'images', value: 13, labels: { stage: 'head' } },
      { metric: 'images', value: 1, labels: { stage: 'features' } },
      { metric: 'step', value: 0.5, labels: { stage: 'head' } },
      { metric: 'step', value: 0.25, labels: { stage: 'head' } },
    ],
    [{ metric: 'images', value: 2, labels: { stage: 'head' } }],
  ]);
});
