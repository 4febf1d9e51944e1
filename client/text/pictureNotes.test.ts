import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureNotes } from './pictureNotes.js';

test('a few doubted labels are probably wrong; many say more about the network', () => {
  const noteOn = (suspected: number) =>
    pictureNotes({ dataset: null, labels: { pictures: 320, suspected, examples: ['13.png'] } })[0] ?? '';
  assert.match(noteOn(3), /^the label of 3 pictures \(13\.png, …\) is probably wrong, of 320 pictures\./);
  assert.match(noteOn(144), /^the network doubts the labels of 144 pictures .* may not tell some classes apart\./);
});
