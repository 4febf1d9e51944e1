import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import type { Split } from '../../contracts/data/dataset.js';
import type { RunResult } from '../../contracts/run/result.js';
import { answerOf, evaluate } from '../../learning/metrics/evaluate.js';
import { calibratedAnswer } from '../../learning/metrics/trust/calibratedAnswer.js';
import { fitCalibration } from '../../learning/metrics/trust/fitCalibration.js';
import { figuresOf } from './facts/figures.js';
import { card } from '../../test/fixtures/cardForTests.js';
import { factsOf, figuresFrom, noLeaks, outcomesOf } from '../../test/fixtures/factsForTests.js';
import { leaksIntoTest } from './leaks/leaks.js';
import type { ActivityRecord } from './facts/history.js';
import { reproducibleSpec } from './sections/lineage.js';
import { runPage } from './runPage.js';

const insects = figuresFrom(
  outcomesOf([
    { label: 0, probabilities: [0.9, 0.1] },
    { label: 0, probabilities: [0.3, 0.7], path: 'test/wing.jpg' },
    { label: 1, probabilities: [0.2, 0.8] },
    { label: 1, probabilities: [0.4, 0.6] },
  ]),
  ['ant', 'bee'],
);

/** Whatever would make a browser ask somebody else, or run something. */
const outward =
  /<script|<link|<iframe|<object|<embed|\bon\w+\s*=\s*["']|(?:src|href|action)\s*=\s*"(?!data:|#)|url\((?!#)|@import/i;

test('a report says what the test found, with its interval, and is one file that loads nothing', () => {
  const { html, verdict } = runPage(factsOf(insects), {});
  assert.match(verdict, /^insects@1 recognises 75\.0 % of 4 test pictures that training never saw/);
  assert.match(verdict, /between 30\.1 % and 95\.4 %/);
  assert.match(html, /test\/wing\.jpg/);
  assert.match(html, /confidence 70\.0\s%; the right class 30\.0\s%/);
  assert.match(html, /Content-Security-Policy" content="default-src &#39;none&#39;/);
  assert.match(html, /equals the stored figure/);
  assert.doesNotMatch(html, outward);
  assert.doesNotMatch(html, /NaN|undefined|\[object/);
});

test('no axis of an accuracy goes beyond 100 %', () => {
  const { html } = runPage(factsOf(insects), {});
  assert.match(html, />100 %</);
  assert.doesNotMatch(html, />1[1-9]\d %</);
});

test('a number format other than float32 is named', () => {
  const { html } = runPage(factsOf(insects), {});
  assert.doesNotMatch(html, /number format/);
  const made = card('insects', 'train-1', 1);
  const low = { ...made, spec: { ...made.spec, compute: { dtype: 'bfloat16' as const } } };
  assert.match(runPage({ ...factsOf(insects), card: low }, {}).html, /number format<.*bfloat16/s);
});

test('the same facts give the same bytes', () => {
  assert.equal(runPage(factsOf(insects), {}).html, runPage(factsOf(insects), {}).html);
});

test('each chart is an SVG with a title and a description of its own', () => {
  const { html } = runPage(factsOf(insects), {});
  const drawings = html.match(/<svg [^>]*>/g) ?? [];
  assert.ok(drawings.length >= 5, String(drawings.length));
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  for (const drawing of drawings) {
    const [, title, text] = /aria-labelledby="(\S+) (\S+)"/.exec(drawing) ?? [];
    assert.ok(title && text && ids.includes(title) && ids.includes(text), drawing);
  }
});

test('names of classes, files and stages are strangers’ words: none becomes markup', () => {
  const evil = '<script>alert(1)</script>';
  const path = `"><img src=x onerror='alert(1)'>&amp;.jpg`;
  const figures = figuresFrom(outcomesOf([{ label: 0, probabilities: [0.1, 0.9], path }]), [
    evil,
    '</style><b onclick="x">',
  ]);
  const base = factsOf(figures);
  const stages = base.stages.map((stage) => ({ ...stage, name: evil, reason: evil }));
  const [stage] = stages;
  assert.ok(stage);
  const facts = factsOf(figures, {
    stages: [...stages, { ...stage, kept: false }],
    result: { ...base.result, failure: null, stages },
    duplicates: [{ kind: 'exact', paths: [path, evil], acrossSplits: true, acrossClasses: false }],
    pictures: new Map([[path, { missing: evil }]]),
    notes: [evil],
    ui: evil,
  });
  const { html } = runPage(facts, {});
  assert.match(html, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.doesNotMatch(html, /<script|<img|<b /i);
  assert.equal(html.match(/<\/style>/g)?.length, 1);
});

test('a stored figure that differs from the outcomes is reported, at the top and by name', () => {
  const { evaluation, outcomes, classes } = insects;
  const wrong = figuresOf({ evaluation: { ...evaluation, top1: 1 }, outcomes }, classes);
  assert.deepEqual(wrong.mismatches, ['the stored evaluation: top1 is stored as 1, but computed as 0.75']);
  assert.equal(wrong.evaluation.top1, 0.75);
  const { html } = runPage(factsOf(wrong), {});
  assert.match(html, /class="verdict bad"/);
  assert.match(html, /top1 is stored as 1, but computed as 0\.75/);
});

test('a predicted class that is not the most likely one is reported', () => {
  const [first, ...rest] = insects.outcomes;
  assert.ok(first);
  const outcomes = [{ ...first, predicted: 1 }, ...rest];
  const { mismatches } = figuresOf({ evaluation: insects.evaluation, outcomes }, insects.classes);
  assert.match(mismatches.join(), /test\/0\.jpg: the stored class is not the most likely one/);
});

test('outcomes of format 1, with the probabilities of every class, give the same figures', () => {
  const { evaluation, classes } = insects;
  const first = { path: 'test/0.jpg', label: 0, predicted: 0, probabilities: [0.75, 0.25] };
  const second = { path: 'test/1.jpg', label: 1, predicted: 0, probabilities: [0.5, 0.5] };
  const figures = figuresOf({ evaluation: { ...evaluation, count: 2 }, outcomes: [first, second] }, classes);
  assert.deepEqual(figures.outcomes, [
    { path: 'test/0.jpg', label: 0, predicted: 0, rank: 0, probability: 0.75, confidence: 0.75 },
    { path: 'test/1.jpg', label: 1, predicted: 0, rank: 1, probability: 0.5, confidence: 0.5 },
  ]);
  assert.equal(figures.evaluation.top1, 0.5);
  const wrong = figuresOf({ evaluation: { ...evaluation, count: 1 }, outcomes: [{ ...first, predicted: 1 }] }, classes);
  assert.match(wrong.mismatches.join(), /test\/0\.jpg: the stored class is not the most likely one/);
});

const ends: [RunResult['status'], RegExp][] = [
  ['running', /is running in stage head/],
  ['paused', /is paused/],
  ['failed', /failed before its test/],
  ['canceled', /was cancelled/],
  ['terminated', /was terminated/],
  ['timed-out', /timed out/],
];
for (const [status, sentence] of ends) {
  test(`a run that is ${status} and has no test has a report as well`, () => {
    const facts = factsOf(null);
    const failure =
      status === 'failed' ? { code: 'GW_DATASET_EMPTY', message: 'There is nothing.', remedy: 'Look.' } : null;
    const { html, verdict } = runPage({ ...facts, result: { ...facts.result, status, failure } }, { gpu: 1 });
    assert.match(verdict, sentence);
    if (failure !== null) assert.match(html, /There is nothing\.<\/p>\s*<p>Look\./);
    assert.doesNotMatch(html, /NaN|undefined|id="confusion"/);
  });
}

test('a run of which nothing at all is known but its id', () => {
  const facts = factsOf(null, { stages: [], activities: [] });
  const { html } = runPage({ ...facts, result: { ...facts.result, dataset: null, backbone: null, stages: [] } }, {});
  assert.match(html, /Nothing has been trained yet/);
  assert.doesNotMatch(html, /NaN|undefined|null/);
});

test('a thousand classes: the pairs confused most, the weakest classes, and the rest folded away', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `class-${index}`);
  const rows = names.map((_, label) => {
    const probabilities = new Array<number>(1000).fill(0);
    probabilities[label % 10 === 0 ? label + 1 : label] = 1;
    return { label, probabilities };
  });
  const { html } = runPage(factsOf(figuresFrom(outcomesOf(rows), names)), {});
  const text = html.replace(/\s+/g, ' ');
  assert.match(text, /has 1000 classes\. This table shows the 20 pairs confused most, of 100 pairs confused at all/);
  assert.match(text, /The 12 least recognised of 1000 classes/);
  assert.match(text, /100 test pictures were taken for another class\. These are the 24 most confident of them/);
  assert.ok(html.length < 1_000_000, String(html.length));
});

test('where only the figures are left, they are shown, and it is said that nobody can check them', () => {
  const { html } = runPage(factsOf({ ...insects, outcomes: [] }), {});
  assert.match(html, /75\.0\s%/);
  assert.match(html, /The outcomes of the single pictures are gone/);
  assert.doesNotMatch(html, /None: the model recognises every test picture/);
});

test('a test picture that was forgotten since is no contradiction: the figures stand, and nobody is accused', () => {
  const { evaluation, outcomes, classes } = insects;
  for (const left of [3, 1, 0]) {
    const figures = figuresOf({ evaluation, outcomes: outcomes.slice(0, left) }, classes);
    assert.deepEqual([figures.evaluation.top1, figures.mismatches], [0.75, []]);
    const { html, verdict } = runPage(factsOf(figures), {});
    assert.match(verdict, /75\.0 % of 4 test pictures/);
    assert.match(html.replace(/\s+/g, ' '), new RegExp(`the outcomes of ${4 - left} pictures? are gone`));
    assert.doesNotMatch(html, /None: the model recognises every test picture|NaN/);
  }
});

test('where the lists of duplicates are gone, it is not said that training never saw the test pictures', () => {
  const base = factsOf(insects);
  const leaks = (groups: [] | null, crossing: number) =>
    leaksIntoTest({ ...noLeaks, groups, counted: crossing }, insects.outcomes);
  const { verdict, html } = runPage({ ...base, leaks: leaks(null, 1) }, {});
  assert.match(verdict, /of 4 test pictures: of many more/);
  assert.match(html, /no longer known whether/);
  // What the ingest counted is known all the same.
  for (const known of [leaks(null, 0), leaks([], 1)])
    assert.match(runPage({ ...base, leaks: known }, {}).verdict, /that training never saw/);
});

test('what the model that a run started from was trained on, training has seen', () => {
  const base = factsOf(insects);
  const source = { model: 'flies@1', paths: new Set(['test/0.jpg']), isWhole: true };
  const shown = (change: Partial<typeof source>) => {
    const leaks = leaksIntoTest({ ...noLeaks, source: { ...source, ...change } }, insects.outcomes);
    return runPage({ ...base, leaks }, {});
  };
  const { verdict, html } = shown({});
  assert.match(verdict, /of 4 test pictures: of many more/);
  assert.match(
    html,
    /1 test picture was also used, identical or nearly identical, .* \(by flies@1, which the run started from\); without/,
  );
  assert.match(shown({ paths: new Set() }).verdict, /that training never saw/);
  const unknown = shown({ paths: new Set(), isWhole: false });
  assert.doesNotMatch(unknown.verdict, /never saw/);
  assert.match(unknown.html, /no longer known whether/);
  assert.match(shown({ isWhole: false }).html, /whether more test pictures were also used/);
});

test('that the test averaged views, which predict and exports do not, is said', () => {
  const base = factsOf(insects);
  const shown = (views: number): string => {
    const spec = resolveSpec({ dataset: { uri: 's3://b/p' }, evaluation: { testTimeAugmentation: { views } } });
    return runPage({ ...base, spec }, {}).html.replace(/\s+/g, ' ');
  };
  assert.match(shown(4), /classified in 4 views, .*predict --tta 4.* exports use one view/);
  assert.doesNotMatch(shown(1), /views, and their/);
});

test('a run that was ended early is not promised to come out the same again', () => {
  const spec = resolveSpec({ name: 'insects', dataset: { uri: 's3://bucket/insects' }, fineTune: [] });
  const base = factsOf(insects, { spec });
  const shown = (change: Partial<typeof base>): string => runPage({ ...base, ...change }, {}).html.replace(/\s+/g, ' ');
  const early = /The run was ended early\. This spec trains to the end and makes another model\./;
  assert.match(shown({}), /bit for bit/);
  assert.doesNotMatch(shown({}), early);
  const stage = {
    ...{
      format: 1,
      name: 'head',
      kind: 'head',
      epochs: [],
      bestEpoch: 1,
      validation: null,
      kept: true,
      reason: 'it is',
    },
    ...{ parameters: 'a'.repeat(64), trainable: [], seconds: 1, imagesPerSecond: 1 },
  };
  const trained = (ended: string): ActivityRecord[] => [
    {
      ...{ type: 'trainStage', pool: 'gpu', scheduledAt: 0, startedAt: 1, endedAt: 2, attempts: 1 },
      ...{ outcome: 'completed', answer: { result: { ...stage, ended } } },
    },
  ];
  assert.match(shown({ activities: trained('early-stopping') }), /bit for bit/);
  const choices = { budget: { seconds: 9 }, made: [], sources: [], sample: 0, next: [] };
  const cut = (what: string) => ({ result: { ...base.result, choices: { ...choices, cut: [what] } } });
  assert.match(shown(cut('no time to rank large')), /bit for bit/);
  for (const change of [
    { activities: trained('finished') },
    cut('fine-tune-1 was not begun: the time was up'),
    { spec: { ...spec, fineTune: resolveSpec({ dataset: { uri: 's3://b/p' }, fineTune: [{ epochs: 1 }] }).fineTune } },
  ]) {
    assert.match(shown(change), early);
    assert.doesNotMatch(shown(change), /bit for bit/);
  }
});

test('how long a run in progress has taken so far is shown', () => {
  assert.match(runPage(factsOf(null), {}).html, /<strong>12\u00A0s<\/strong><span>so far<\/span>/);
  assert.match(runPage(factsOf(insects), {}).html, /<strong>12\u00A0s<\/strong><span>from start to end<\/span>/);
});

test('the spec a report hands out makes the same run again, with nothing left to choose', () => {
  const spec = resolveSpec({ name: 'insects', dataset: { uri: 's3://bucket/insects' }, head: { epochs: 3 }, seed: 7 });
  const chosen = { ...spec, undecided: ['views' as const], budget: { seconds: 60 } };
  assert.deepEqual(resolveSpec(reproducibleSpec(chosen)), spec);
  const { html } = runPage(factsOf(insects, { spec: chosen }), {});
  assert.match(html, /npx graftwork train s3:\/\/bucket\/insects --spec run\.yaml/);
  assert.match(html, /<pre tabindex="0">\s*name: insects/);
});

test('the head names the run, its data set, when both were, and the product with its version', () => {
  const { html } = runPage(factsOf(insects, { startedAt: Date.UTC(2026, 0, 1, 8, 30) }), {});
  const text = html.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
  assert.match(text, /train-insects-1, completed, started 2026-01-01 08:30 UTC/);
  assert.match(text, /data set s3:\/\/bucket\/insects, version b{12}: 18 pictures of 2 classes, 4 to test/);
  assert.match(text, /report made 2026-01-01 00:00 UTC by Graftwork \d+\.\d+\.\d+/);
  assert.ok(html.indexOf('Graftwork') < html.indexOf('class="verdict'));
});

test('each figure of the test says whether it is good, and by which rule', () => {
  const { html } = runPage(factsOf(insects), {});
  const text = html.replace(/\s+/g, ' ');
  const tiles = [...text.matchAll(/<li><strong>([^<]*)<\/strong><span>([^<]*)<\/span>(.*?)<\/li>/g)];
  const judged = tiles.filter(([, , name]) => name !== 'from start to end');
  assert.equal(judged.length, 4, 'top-1, macro F1, calibration, test pictures');
  for (const [, , name, judgement] of judged) assert.match(judgement ?? '', /class="judged (good|open|bad)"/, name);
  assert.match(text, /not clearly better than always answering the most frequent class/);
  assert.match(text, /How the figures are judged.*Fleiss.*Guo et al/);
});

test('classes are sorted by what the table shows first, the share recognised; F1 is a percentage like the others', () => {
  // Of a and b as many are recognised as of c more, but b has the lower F1: much else is taken for it.
  const figures = figuresFrom(
    outcomesOf(
      [
        [0, 0],
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 1],
        [1, 1],
        [2, 1],
        [2, 1],
        [2, 2],
        [2, 2],
        [2, 2],
        [2, 2],
        [2, 2],
      ].map(([label = 0, taken]) => ({
        label,
        probabilities: [0, 1, 2].map((index) => (index === taken ? 0.8 : 0.1)),
      })),
    ),
    ['a', 'b', 'c'],
  );
  const { html } = runPage(factsOf(figures), {});
  const section = html.slice(html.indexOf('id="classes"'), html.indexOf('id="reliability"')).replace(/\s+/g, ' ');
  const rows = [
    ...section.matchAll(/<bdi>(\w)<\/bdi><\/th> <td class="number">\d+<\/td><td class="number">([\d.]+) %/g),
  ];
  assert.deepEqual(
    rows.map(([, name, recall]) => [name, recall]),
    [
      ['a', '66.7'],
      ['c', '71.4'],
      ['b', '100.0'],
    ],
  );
  assert.match(section, /66\.7 % <\/td>|<td class="number">80\.0 %<\/td>/);
  assert.doesNotMatch(section, /0\.\d{3}/);
});

test('a group of files of the folder train is no leak, and all counts of leaks are the same', () => {
  const base = factsOf(insects);
  const group = (paths: string[], splits: Split[]) => ({
    ...{ kind: 'near' as const, paths, acrossSplits: true, acrossClasses: false, splits },
  });
  const duplicates = [
    group(['train/a.jpg', 'train/b.jpg', 'train/c.jpg'], ['train', 'validation']),
    group(['train/d.jpg', 'test/0.jpg'], ['train', 'test']),
  ];
  const splitOf = new Map<string, Split>([
    ['train/a.jpg', 'train'],
    ['train/b.jpg', 'validation'],
    ['train/c.jpg', 'train'],
    ['train/d.jpg', 'train'],
    ['test/0.jpg', 'test'],
  ]);
  const counts = { exact: 0, near: 2, acrossSplits: 2, acrossClasses: 0 };
  const leaks = leaksIntoTest({ ...noLeaks, groups: duplicates, counted: 2, splitOf }, insects.outcomes);
  for (const known of [{ ...counts, intoTest: 1 }, counts]) {
    const dataset = base.result.dataset && { ...base.result.dataset, duplicates: known };
    const { html } = runPage({ ...base, duplicates, splitOf, leaks, result: { ...base.result, dataset } }, {});
    const text = html.slice(html.indexOf('id="data"')).replace(/\s+/g, ' ');
    assert.match(text, /1 test picture was also used, identical or nearly identical, for/);
    assert.match(text, /2 in more than one split, 1 of them with test pictures \(a leak\)/);
    assert.match(text, /b\.jpg<\/bdi><\/code> <span class="quiet">validation<\/span>/);
    assert.match(text, /train, validation<\/td><td class="">validation has a copy of a training picture/);
    assert.equal(text.match(/a leak: /g)?.length, 1);
  }
});

test('a calibrated model says what calibration brought, and how often its prediction sets are right', () => {
  const fitted = fitCalibration({ logits: [2, 0, 0, 2, 2, 0], labels: [0, 1, 1] }, 2);
  const rows = [
    { row: [0.9, 0.1], label: 0 },
    { row: [0.2, 0.8], label: 0 },
  ];
  const outcomes = rows.map(({ row, label }, index) => ({
    path: `${index}.jpg`,
    ...calibratedAnswer(answerOf(row, label), row, fitted),
  }));
  const evaluation = evaluate(outcomes, ['ant', 'bee'], []);
  const figures = figuresOf({ evaluation, outcomes }, ['ant', 'bee']);
  assert.deepEqual(figures.mismatches, []);
  const { html } = runPage(factsOf(figures), {});
  const text = html.slice(html.indexOf('id="reliability"')).replace(/\s+/g, ' ');
  assert.match(
    text,
    /Validation pictures calibrate the model\. On the test, that takes the cross-entropy from \d\.\d{3} to/,
  );
  // Three pictures promise nothing at 90 %: every class is in each set.
  assert.match(text, /here in 100\.0 % of 2 test pictures, with 2\.00 classes on the mean/);
  assert.doesNotMatch(runPage(factsOf(insects), {}).html, /Prediction sets/);
});
