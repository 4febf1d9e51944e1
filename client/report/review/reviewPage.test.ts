import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { runInNewContext, Script } from 'node:vm';
import { reviewText } from '../../../cli/display/reviewText.js';
import type { ReviewedPicture } from '../../../contracts/data/labelReview.js';
import { readLabelDecisions } from '../../../learning/dataset/index.js';
import { merged, type LabelReview } from '../../runs/review.js';
import { reviewCsv } from './reviewCsv.js';
import { picturesOf, reviewPage } from './reviewPage.js';
import { csvFunction, script } from './script.js';

const digest = 'a'.repeat(64);
const classes = ['ants', 'bees </script><b>', 'wasps'];
const picture = (path: string, label: number): ReviewedPicture => ({
  path,
  bucket: 'b',
  key: path,
  sha256: digest,
  label,
});

const review: LabelReview = {
  source: 'photos "x"',
  ...{ dataset: digest, classes, pictures: 40, reviewed: 2, folds: 5, backbone: 'resnet18' },
  unjudged: [],
  remarks: ['A remark.'],
  counts: { mislabelled: 1, contradictory: 1, outliers: 1, dark: 1, blurred: 0, small: 0 },
  findings: merged(
    [
      {
        picture: picture('a/1, "2".jpg', 0),
        suggested: 1,
        doubt: { own: 0.02, other: 0.9, neighbours: { count: 5, own: 1, other: 4 } },
      },
      { picture: picture('a/3.jpg', 0), alike: [picture('c/3.jpg', 2)] },
      { picture: picture('a/4.jpg', 0), outlier: { distance: 1.5, limit: 0.8 } },
    ],
    [
      { picture: picture('a/4.jpg', 0), fault: 'dark', value: 12, limit: 64 },
      { picture: picture('c/9.jpg', 2), fault: 'dark', value: 20, limit: 64 },
    ],
  ),
  examples: [[picture('a/0.jpg', 0)], [picture('b/0.jpg', 1)], []],
};
const thumbnails = new Map(
  picturesOf(review).map(({ path }) => [path, { uri: 'data:image/jpeg;base64,AAAA', width: 240, height: 160 }]),
);

test('the page runs its own script alone, and names of strangers are text', () => {
  const page = reviewPage(review, thumbnails, 0);
  const [, escaped = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const policy = escaped.replaceAll('&#39;', "'");
  const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text ?? '');
  assert.deepEqual(scripts, [script]);
  const own = createHash('sha256').update(script).digest('base64');
  assert.ok(policy.includes(`default-src 'none'; script-src 'sha256-${own}'; img-src data:`), policy);
  assert.ok(!/unsafe-(?:inline|eval)/.test(policy.replace("style-src 'unsafe-inline'", '')), policy);
  assert.ok(!page.includes('</script><b>'), 'a class name ends no element');
  assert.deepEqual(JSON.parse(/id="classes">([^]*?)<\/script>/.exec(page)?.[1] ?? ''), classes);
  assert.doesNotThrow(() => new Script(script));
  assert.ok(!script.includes('</'));
});

test('a picture stands in the first section that it belongs to, with all its reasons', () => {
  const page = reviewPage(review, thumbnails, 0).replaceAll('\u00a0', ' ');
  const titles = [...page.matchAll(/<h2 id="[^"]*">([^<]*)</g)].map(([, title]) => title);
  const sections = ['Probably mislabelled (1)', 'Look-alikes with different labels (1)', 'Unlike their class (1)'];
  assert.deepEqual(titles, [...sections, 'Too dark (1)', 'The classes']);
  assert.equal(page.match(/class="finding"/g)?.length, 4);
  for (const expected of [
    'data-path="a/1, &quot;2&quot;.jpg"',
    'Without its label, it is bees &lt;/script&gt;&lt;b&gt; with 90.0 % and ants with 2.0 %.',
    'It looks like c/3.jpg, which is wasps.',
    '95 % of its pixels are darker than 12 of 255',
    'Of 40 pictures at photos &quot;x&quot;, 1 label is probably wrong and 1 picture looks like one of another class.',
    '2 labels had been reviewed before',
    'A remark.',
  ]) {
    assert.ok(page.includes(expected), expected);
  }
});

test('the table can be filled in, and the page’s own table is read as it is', async () => {
  const table = reviewCsv(review);
  assert.deepEqual(await readLabelDecisions([Buffer.from(table)], 'findings'), [], 'nothing is decided yet');
  const filled = table.replace('"a/1, ""2"".jpg",,', '"a/1, ""2"".jpg",relabel,');
  const expected = { path: 'a/1, "2".jpg', decision: 'relabel', sha256: digest, label: 'bees </script><b>', line: 2 };
  assert.deepEqual(await readLabelDecisions([Buffer.from(filled)], 'findings'), [expected]);
  const rows = [
    ['path', 'decision', 'label', 'sha256'],
    [expected.path, 'relabel', expected.label, digest],
    [' a;b\n.jpg', 'drop', '', digest],
  ];
  const saved = runInNewContext(`${csvFunction}; csvOf(rows)`, { rows }) as string;
  const read = await readLabelDecisions([Buffer.from(saved)], 'review.csv');
  assert.deepEqual(read[0], expected);
  assert.deepEqual([read[1]?.path, read[1]?.decision], [' a;b\n.jpg', 'drop']);
});

test('of several labels each doubt is a sentence, and the table has what the decisions have', async () => {
  const several: LabelReview = {
    ...review,
    labelSets: [[], [0, 2], [0]],
    counts: { mislabelled: 2, contradictory: 0, outliers: 0, dark: 0, blurred: 0, small: 0 },
    findings: [
      {
        picture: picture('a/1.jpg', 2),
        suggested: 1,
        doubt: {
          ...{ own: 0.05, other: 0.95, neighbours: { count: 5, own: 1, other: 4 } },
          labels: [{ label: 2, has: false, probability: 0.95 }],
        },
      },
      {
        picture: picture('a/2.jpg', 2),
        suggested: 0,
        doubt: {
          ...{ own: 0.1, other: 0.9, neighbours: { count: 5, own: 1, other: 4 } },
          labels: [{ label: 0, has: true, probability: 0.1 }],
        },
      },
    ],
  };
  const page = reviewPage(several, thumbnails, 0).replaceAll('\u00a0', ' ');
  for (const expected of [
    'data-given="ants" data-suggested="ants|wasps"',
    'data-suggested="|"',
    'It lacks the label wasps, which heads see in it with 95.0 %.',
    'Of the 5 pictures most like it, 4 have wasps.',
    'It has the label ants, which heads see in it with only 10.0 %.',
    '2 pictures probably lack a label, or have a wrong one',
    'class="choose"',
  ]) {
    assert.ok(page.replaceAll(/\s+/g, ' ').includes(expected), expected);
  }
  assert.ok(!page.includes('<select'));
  const filled = reviewCsv(several).replaceAll(/^(a\/\d\.jpg),,/gm, '$1,relabel,');
  const read = await readLabelDecisions([Buffer.from(filled)], 'findings');
  assert.deepEqual(
    read.map(({ label }) => label),
    ['ants|wasps', '|'],
  );
});

test('the same on the screen', () => {
  const text = reviewText(review, { page: 'review.html', findings: 'review-findings.csv' });
  for (const expected of [
    /probably mislabelled\s+1/,
    /ants\s+bees .*\s+90/,
    /--labels review.csv/,
    /note\s+2 labels had been reviewed before\.\n\s+A remark/,
  ]) {
    assert.match(text, expected);
  }
});
