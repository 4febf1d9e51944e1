import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RankReport } from '../../contracts/models/ranking.js';
import { rankText } from './rankText.js';

/** @param skipped sources and their reasons */
function told(skipped: readonly (readonly [string, string])[], isWhole = false): string {
  const report = {
    dataset: { counts: { train: 9, validation: 3, test: 3 }, classes: 2 },
    ...{ sample: 9, sources: [], leftOut: [], similarTasks: [], choice: null },
    calibration: { used: false, reason: 'there are 0 on 0' },
    skipped: skipped.map(([source, reason]) => ({ source, reason, remedy: `Give ${source}.` })),
  } as unknown as RankReport;
  return rankText(report, { source: 'photos', flags: [], named: (uri) => uri, isWhole });
}

test('a reason for skipping one source is about one, and for several about several', () => {
  const missing = 'its weights are not on this machine';
  assert.match(told([['a', missing]]), /^skipped: a: its weights are not on this machine\. Give a\.$/m);
  assert.match(
    told(['a', 'b', 'c'].map((source) => [source, missing] as const)),
    /^skipped: a, b, c: their weights are not on this machine\. For a: Give a\.$/m,
  );
  const seen = 'it was trained on 40 % of these pictures, which would flatter its scores';
  assert.match(
    told(['model:a', 'model:b'].map((source) => [source, seen] as const)),
    /^skipped: model:a, model:b: they were trained on 40 % of these pictures, which would flatter their scores\. For /m,
  );
});

test('very many sources with one reason are counted, unless all are asked for', () => {
  const many = Array.from({ length: 100 }, (_, index) => [`n${index}`, 'its weights are not on this machine'] as const);
  assert.match(
    told(many),
    /^skipped: 100 sources \(`--all` lists them\): their weights are not on this machine\. For n0: Give n0\.$/m,
  );
  assert.match(told(many, true), /^skipped: n0, n1, .*n98, n99: their weights/m);
});
