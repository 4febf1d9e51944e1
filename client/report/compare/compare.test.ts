import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareTests } from './compare.js';
import { comparePage } from './comparePage.js';
import { factsOf, figuresFrom, noLeaks, outcomesOf } from '../../../test/fixtures/factsForTests.js';
import { leaksIntoTest } from '../leaks/leaks.js';
import { specDifferences } from '../../runs/specDifferences.js';

const classes = ['ant', 'bee'];
/** A test of ten pictures of each class, of which these are recognised. */
const tested = (isRight: (index: number) => boolean, names = classes) =>
  figuresFrom(
    outcomesOf(
      Array.from({ length: 20 }, (_, index) => {
        const label = names.indexOf(classes[index % 2] ?? '');
        return { label, probabilities: (label === 0) === isRight(index) ? [0.8, 0.2] : [0.2, 0.8] };
      }),
    ),
    names,
  );

const half = tested((index) => index < 10);
const most = tested((index) => index < 18);

test('on the same pictures every pair counts, and McNemar’s test judges those that differ', () => {
  const compared = compareTests(half, most, null);
  assert.equal(compared.kind, 'paired');
  if (compared.kind !== 'paired') return;
  const { comparison } = compared;
  assert.deepEqual([comparison.both, comparison.neither, comparison.onlyFirst, comparison.onlySecond], [10, 2, 0, 8]);
  assert.ok(Math.abs(comparison.pValue - 2 / 256) < 1e-12);
  assert.equal(comparison.change.mean, 0.4);
  assert.deepEqual(
    comparison.classes.map((one) => [one.class, one.pictures, one.onlySecond]),
    [
      ['ant', 10, 4],
      ['bee', 10, 4],
    ],
  );
});

test('classes in another order are the same classes', () => {
  const turned = compareTests(
    half,
    tested((index) => index < 10, ['bee', 'ant']),
    null,
  );
  assert.ok(turned.kind === 'paired' && turned.comparison.both === 10 && turned.comparison.neither === 10);
});

test('of other versions the pictures’ digests decide; those in one test alone are left out, and counted', () => {
  const digests = (mark: string) => new Map(half.outcomes.map(({ path }, index) => [path, `${mark}${index % 15}`]));
  // Some pictures are there twice: the number of copies distinguishes them.
  assert.equal(compareTests(half, most, { first: digests('a'), second: digests('a') }).kind, 'paired');
  const other = {
    first: digests('a'),
    second: new Map([...digests('a')].map(([path, digest]) => [path, digest === 'a3' ? 'x' : digest])),
  };
  const partly = compareTests(half, most, other);
  assert.ok(partly.kind === 'paired');
  assert.deepEqual([partly.comparison.pictures, partly.comparison.alone], [18, 4]);
  const apart = { first: digests('a'), second: digests('b') };
  assert.deepEqual(compareTests(half, most, apart), { kind: 'different', isKnown: true });
  const unknown = { first: digests('a'), second: new Map() };
  assert.deepEqual(compareTests(half, most, unknown), { kind: 'different', isKnown: false });
});

test('the page says which is better, that no difference is clear, or that nothing can be said', () => {
  const facts = (figures: typeof half | null, run: string) => {
    const base = factsOf(figures);
    return { ...base, result: { ...base.result, run, model: null } };
  };
  const [a, b] = [facts(half, 'run-a'), facts(most, 'run-b')];
  assert.match(
    comparePage(a, b, null).verdict,
    /^run-b is better than run-a: it recognises 40\.0 percentage points more of the same 20/,
  );
  assert.match(comparePage(b, a, null).verdict, /^run-b is better than run-a/);
  assert.match(comparePage(a, facts(half, 'run-b'), null).verdict, /show no clear difference between/);
  const apart = comparePage(a, b, { first: new Map(), second: new Map() });
  assert.match(apart.verdict, /different pictures: run-a 50\.0 % of 20 \(95 % interval .*, run-b 90\.0 % of 20/);
  assert.match(comparePage(a, facts(null, 'run-b'), null).verdict, /^run-b has not been tested/);
  const partly = comparePage(a, b, {
    first: new Map(half.outcomes.map(({ path }) => [path, path])),
    second: new Map(half.outcomes.map(({ path }, index) => [path, index < 8 ? 'x' : path])),
  });
  assert.match(partly.verdict, /more of the same 12 test pictures/);
  assert.match(partly.html, /16 pictures of only one test are left out/);
  for (const { html } of [comparePage(a, b, null), apart, partly]) assert.doesNotMatch(html, /NaN|undefined|\[object/);
});

test('two multi-label models are compared by figures that are named, and not with a model of one class a picture', () => {
  const interval: [number, number] = [0.6, 0.85];
  const multiLabel = { mAP: 0.758, interval, microF1: 0.7, exactMatch: 0.5, labels: 1, given: 1 };
  const facts = (figures: typeof half, run: string, isOfLabels = true) => {
    const base = factsOf(isOfLabels ? { ...figures, evaluation: { ...figures.evaluation, multiLabel } } : figures);
    return { ...base, result: { ...base.result, run, model: null } };
  };
  const [a, b] = [facts(half, 'run-a'), facts(most, 'run-b')];
  const both = comparePage(a, b, null);
  assert.match(both.verdict, /it finds a right label first in 40\.0 percentage points more/);
  assert.match(both.html, /mAP 75\.8\s% on 20 \(95\s% interval 60\.0\s% to 85\.0\s%\)/);
  assert.doesNotMatch(both.html, /test top-1/);
  for (const [first, second] of [
    [a, facts(most, 'run-b', false)],
    [facts(half, 'run-b', false), facts(most, 'run-a')],
  ] as const)
    assert.match(
      comparePage(first, second, null).verdict,
      /^run-a gives a picture any number of labels, run-b exactly one class: no figure compares them\./,
    );
});

test('a better test that training had seen a part of is no victory, and is reported as such', () => {
  const [a, b] = [factsOf(half), factsOf(most)];
  const source = { model: 'flies@1', paths: new Set(['test/0.jpg']), isWhole: true };
  const leaks = leaksIntoTest({ ...noLeaks, source }, most.outcomes);
  const shown = comparePage(
    { ...a, result: { ...a.result, run: 'run-a', model: null } },
    { ...b, leaks, result: { ...b.result, run: 'run-b', model: null } },
    null,
  );
  assert.match(shown.html, /class="verdict open"/);
  assert.equal(shown.html.match(/run-b: 1 test picture was also used, identical or nearly identical/g)?.length, 2);
  assert.doesNotMatch(shown.html, /run-a: [^<]*nearly identical/);
});

test('where the interval and McNemar’s test disagree, it is said that they do', () => {
  // Of 20 pictures 6 are recognised by one of the two alone, all by the second: p is 1/32. With 5 it is 1/16.
  const shown = (right: number) => {
    const better = tested((index) => index < 10 + right);
    return comparePage(factsOf(half), factsOf(better), null).html.replace(/\s+/g, ' ');
  };
  assert.match(shown(5), /The two methods may disagree/);
  assert.doesNotMatch(shown(6), /The two methods may disagree/);
  assert.doesNotMatch(shown(1), /The two methods may disagree/);
});

test('no class is dropped: many are folded, and those of one data set alone are there', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `class-${index}`);
  const figures = (names: string[]) =>
    figuresFrom(
      outcomesOf(
        names.map((_, label) => ({ label, probabilities: names.map((_name, index) => Number(index === label)) })),
      ),
      names,
    );
  const shown = (a: string[], b: string[], pictures: Parameters<typeof comparePage>[2]): string =>
    comparePage(factsOf(figures(a)), factsOf(figures(b)), pictures).html.replace(/\s+/g, ' ');
  const paired = shown(many(70), many(70), null);
  assert.match(paired, /: 60 of 70 classes/);
  assert.match(paired, /10 more classes/);
  assert.match(paired, /class-69/);
  const apart = shown(['ant', 'bee'], ['bee', 'wasp'], { first: new Map(), second: new Map() });
  assert.match(
    apart,
    /<bdi>wasp<\/bdi><\/th> <td class="number">–<\/td><td class="number">–<\/td><td class="number">1</,
  );
});

test('settings that differ are named as --set takes them; what only one has is one row', () => {
  const first = {
    seed: 0,
    head: { epochs: 20 },
    fineTune: [{ epochs: 8, learningRate: 1e-3 }],
    cache: { dtype: 'float32' },
  };
  const second = { seed: 0, head: { epochs: 3 }, fineTune: [], cache: { dtype: 'float32' } };
  assert.deepEqual(specDifferences(first, second), [
    { path: 'head.epochs', first: 20, second: 3 },
    { path: 'fineTune.0', first: { epochs: 8, learningRate: 1e-3 }, second: undefined },
  ]);
});

test('the page of two runs names both, their data, dates and the product; its figures are judged like those of one', () => {
  const [a, b] = [factsOf(half, { startedAt: Date.UTC(2026, 0, 1) }), factsOf(most)];
  const { html } = comparePage(
    { ...a, result: { ...a.result, run: 'run-a' } },
    { ...b, result: { ...b.result, run: 'run-b' } },
    null,
  );
  const about = html.slice(html.indexOf('<h1>'), html.indexOf('class="verdict'));
  const head = about.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  assert.match(head, /run 1 run-a , completed, started 2026-01-01 00:00 UTC run 2 run-b , completed data set s3:/);
  assert.match(head, /report made 2026-01-01 00:00 UTC by Graftwork \d/);
  const text = html.replace(/\s+/g, ' ');
  assert.match(text, /macro F1<\/th> <td class="">50\.0 %/);
  assert.ok((text.match(/class="judged (good|open|bad)"/g)?.length ?? 0) >= 10);
});
