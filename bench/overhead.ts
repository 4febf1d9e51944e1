/**
 * A run through Temporal, the store and the worker pools against the same engine calls in one process that keeps
 * everything in memory. The stack is up and its engine warm, as it is for everybody's second run.
 *
 *   npm run bench overhead -- [<folder>] [--backbone efficientnet_lite0] [--unfreeze default|last] [--repetitions 3] [--json]
 */
import { parseArgs } from 'node:util';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { defaultHome } from '../infra/stack.js';
import { getBackbone } from '../learning/backbones/index.js';
import { sharedData } from '../test/fixtures/sharedData.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { trainInProcess } from './imageFolders/inProcess.js';
import { alternate, compare, print } from './measures/measures.js';
import { weightsFile } from './peers/weights.js';
import { forget } from './soak/soakRound.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backbone: { type: 'string', default: 'efficientnet_lite0' },
    unfreeze: { type: 'string', default: 'default' },
    repetitions: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? sharedData('datasets/hymenoptera');
const spec: UserSpec = {
  recipe: 'reference',
  name: 'overhead',
  backbone: { name: values.backbone, weights: await weightsFile(getBackbone(values.backbone)) },
  fineTune: [{ unfreeze: values.unfreeze === 'last' ? 'last' : 'default' }],
};

const stack = await StackForTests.start();
try {
  const { graftwork, home } = stack;
  // Warms the engine, and uploads the images.
  await (await graftwork.train(folder, { spec: { ...spec, head: { epochs: 1 }, fineTune: [] } })).result();
  const samples = await alternate(Number(values.repetitions), {
    async ours() {
      await forget(graftwork, home);
      const began = performance.now();
      await (await graftwork.train(folder, { spec })).result();
      return (performance.now() - began) / 1000;
    },
    async peer() {
      const began = performance.now();
      await trainInProcess({ folder, spec, home: defaultHome() });
      return (performance.now() - began) / 1000;
    },
  });
  const name = `${values.backbone}: reference recipe, orchestrated ÷ in one process`;
  print([compare(name, samples, 's', 'ours ÷ peer')], values.json);
} finally {
  await stack.stop();
}
