/**
 * What a recipe reaches on an ImageFolder, in this process and without any service: for comparing settings.
 *
 *   npm run bench recipe -- <folder> [--spec <JSON>] [--seeds 0,1,2]
 */
import { parseArgs } from 'node:util';
import type { UserSpec } from '../contracts/spec/runSpec.js';
import { defaultHome } from '../infra/stack.js';
import { trainInProcess } from './imageFolders/inProcess.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { spec: { type: 'string', default: '{}' }, seeds: { type: 'string', default: '0' } },
});
const folder = positionals[0] ?? '.';
const seeds = values.seeds.split(',').map(Number);
const scores: number[] = [];
for (const seed of seeds) scores.push(await runOnce(seed));
if (seeds.length > 1) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  print(`${folder}: mean test top-1 ${mean.toFixed(4)} of seeds ${values.seeds}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runOnce(seed: number): Promise<number> {
  let startedAt = performance.now();
  const lap = (): string => {
    const seconds = (performance.now() - startedAt) / 1000;
    startedAt = performance.now();
    return `${seconds.toFixed(1)} s`;
  };
  return trainInProcess({
    folder,
    home: defaultHome(),
    spec: { ...(JSON.parse(values.spec) as UserSpec), seed },
    onFeatures: (images, views) => print(`features: ${lap()}, ${images} images × ${views} views`),
    onEpoch({ kind }, { epoch, loss, validation, seconds }) {
      const validated = validation ? `${validation.top1.toFixed(3)} (${validation.loss.toFixed(3)})` : '';
      if (kind === 'fineTune') print(`  ${epoch} ${loss.toFixed(3)} ${validated} ${seconds.toFixed(1)} s`);
    },
    async onStage({ name, validation, bestEpoch, epochs, reason }, test) {
      const top1 = validation?.top1.toFixed(3) ?? 'none';
      print(`${name}: ${lap()}, validation ${top1}, epoch ${bestEpoch} of ${epochs.length}, ${reason}`);
      print(`  test ${(await test()).toFixed(4)}`);
      lap();
    },
  });
}
