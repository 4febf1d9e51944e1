import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withUnbrokenUnits } from './units.js';

const shown = (markup: string): string => withUnbrokenUnits(markup).replaceAll('\u00A0', '_');

test('no line ends within a duration, or between a number and its unit', () => {
  assert.equal(shown('<strong>6 min 27 s</strong>'), '<strong>6_min_27_s</strong>');
  assert.equal(shown('2 h 5 min, 95.0 % of 18.8 MB in 3 ms'), '2_h_5_min, 95.0_% of 18.8_MB in 3_ms');
  assert.equal(shown('<p>4 test pictures, 12 some 3 minutes</p>'), '<p>4 test pictures, 12 some 3 minutes</p>');
});

test('names, code, drawings and attributes stay as they are', () => {
  const kept = `<i title="5 %&gt; 6 s">7 h</i><code><bdi>8 s</bdi> 9 s</code><svg><text>10 %</text></svg\n ><bdi>11 %</bdi>`;
  assert.equal(
    shown(kept),
    '<i title="5 %&gt; 6 s">7_h</i><code><bdi>8 s</bdi> 9 s</code><svg><text>10 %</text></svg\n ><bdi>11 %</bdi>',
  );
});
