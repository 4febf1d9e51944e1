import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from '../../../test/fixtures/factsForTests.js';
import type { ActivityRecord } from '../facts/history.js';
import { reuseSection } from './reuse.js';

test('sources whose scores were in the bucket are shown beside those that were ranked', () => {
  const ranked = (answer: unknown): ActivityRecord => ({
    ...{ type: 'rankSource', pool: 'gpu', scheduledAt: 0, startedAt: 1, endedAt: 2, attempts: 1 },
    ...{ outcome: 'completed', answer },
  });
  const shown = (activities: ActivityRecord[]): string =>
    reuseSection(factsOf(null).result, activities).markup.replace(/\s+/g, ' ');
  const answers = [{ reused: true }, { reused: true }, { reused: false }, undefined].map(ranked);
  assert.match(shown(answers), /ranking<\/th> <td class="number">2<\/td><td class="number">1<\/td>/);
  assert.doesNotMatch(shown([ranked(undefined)]), /ranking/);
});
