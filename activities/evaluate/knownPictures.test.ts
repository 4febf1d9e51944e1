import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countKinds, KnownPictures } from './knownPictures.js';

const picture = (sha256: string, perceptualHash: string, group?: string) => ({
  ...{ sha256, perceptualHash },
  ...(group === undefined ? {} : { group }),
});

test('a picture is known by its bytes, by its look, or by its group, in this order', () => {
  const known = new KnownPictures();
  known.add(picture('a', '00ff00ff00ff00ff', 'patient 1'));
  known.add(picture('b', 'f0f0f0f0f0f0f0f0'));
  const kinds = known.among([
    picture('a', '00ff00ff00ff00ff'),
    picture('c', '00ff00ff00ff00fc', 'patient 1'),
    // Two bits from the one before, four from what was seen.
    picture('d', '00ff00ff00ff00f0'),
    picture('e', '123456789abcdef0', 'patient 1'),
    picture('f', '123456789abcdef0', 'patient 2'),
    picture('g', '0fedcba987654321'),
  ]);
  assert.deepEqual(kinds, ['identical', 'alike', 'alike', 'group', undefined, undefined]);
  assert.deepEqual(countKinds(kinds), { identical: 1, alike: 2, group: 1 });
});
