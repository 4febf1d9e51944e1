import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageReport } from '../../../contracts/run/result.js';
import { curvesSection, placed } from './curves.js';
import { factsOf } from '../../../test/fixtures/factsForTests.js';
import { style } from '../page/style.js';

const [stage] = factsOf(null).stages as [StageReport];
const training: StageReport = { ...stage, name: 'fine-tune-1', kept: false, reason: 'running', seconds: 0 };
const shown = (stages: StageReport[], hasEnded = false): string =>
  curvesSection(stages, false, hasEnded).markup.replace(/\s+/g, ' ');

test('a stage in training is not one that validation rejected', () => {
  assert.deepEqual(
    placed([stage, training, { ...stage, kept: false }]).map(({ kept }) => kept),
    [true, true, false],
  );
  assert.doesNotMatch(shown([stage, training]), /Dashed/);
  assert.match(shown([stage, { ...training, reason: 'no better' }]), /Dashed: fine-tune-1/);
});

test('of a run that has ended, a stage in training is shown as not finished', () => {
  assert.match(shown([training], true), /<td class="">not finished<\/td>/);
  assert.match(shown([training]), /<td class="">running<\/td>/);
});

test('what was found in the bucket took no time of the run', () => {
  const found = { ...stage, seconds: 75, cache: { hits: 1, misses: 0, reason: 'trained before' } };
  assert.match(shown([found]), />reused</);
  assert.doesNotMatch(shown([found]), />1 min 15 s</);
  assert.match(shown([{ ...stage, seconds: 75 }]), />1 min 15 s</);
});

test('whatever a chart draws stands out from what it is drawn on, in light, in dark and on paper', () => {
  const palettes = [...style.matchAll(/--paper: [^}]*/g)].map(
    ([palette]) =>
      new Map([...palette.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
  );
  assert.equal(palettes.length, 3);
  for (const palette of palettes) {
    for (const name of ['faint', 'series-1', 'series-2']) {
      const contrast = contrastOf(palette.get(name), palette.get('panel'));
      assert.ok(contrast >= 3, `${name}: ${contrast}`);
    }
  }
  const point = { learningRate: 0.1, loss: 1, smoothed: 1 };
  const rangeTest = {
    learningRate: 0.1,
    reason: 'steepest',
    curve: [point, { ...point, learningRate: 0.2 }],
    seconds: 1,
  };
  const drawn = shown([{ ...stage, rangeTest: rangeTest }]);
  assert.match(drawn, /<li class="faint">each batch<\/li>/);
  assert.match(drawn, /stroke="var\(--faint\)"/);
});

/** As WCAG 2 defines it. */
function contrastOf(a = '', b = ''): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
