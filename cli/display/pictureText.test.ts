import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sighting } from '../../storage/forgetting/sightings.js';
import { foundText, shownAddresses } from './pictureText.js';

const sighting: Sighting = {
  ...{ version: 'a'.repeat(64), uri: 's3://own/uploads/1', sha256: 'b'.repeat(64) },
  ...{ split: 'train', class: 'ants', position: 0, bytes: 9, addresses: [] },
  image: { path: 'ants/1.jpg', bucket: 'own', key: 'uploads/1/ants/1.jpg' },
};

test('a picture that was uploaded is shown below the name of its folder, and a forgotten one by that name', () => {
  const sightings = [sighting, { ...sighting, image: null }];
  assert.deepEqual(shownAddresses(sightings), [
    { uri: 's3://own/uploads/1/ants/1.jpg' },
    { uri: 's3://own/uploads/1' },
  ]);
  const models = { learned: [], validated: [], tested: [] };
  const named = (uri: string): string => uri.replace('s3://own/uploads/1', 'photos');
  const text = foundText({ digests: [], sightings, models }, named);
  assert.match(text, / photos\/ants\/1\.jpg$/m);
  assert.match(text, / forgotten \(was of photos\)$/m);
});
