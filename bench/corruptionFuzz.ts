/**
 * Damages stored objects of a real run at random, and counts what is not noticed when they are read.
 *
 *   npm run bench corruptionFuzz -- [--corruptions 500] [--seed 1] [--json]
 */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fuzzCorruptions } from '../test/data/corruptionFuzz.js';
import { startS3Server } from '../test/s3/s3Server.js';

const { values } = parseArgs({
  options: {
    corruptions: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const server = await startS3Server();
try {
  await mkdir(server.folder, { recursive: true });
  const began = performance.now();
  const report = await fuzzCorruptions(server.store, server.folder, Number(values.corruptions), Number(values.seed));
  const seconds = (performance.now() - began) / 1000;
  const { corruptions, undetected, untyped, healed, kinds, findings } = report;
  if (values.json) process.stdout.write(`${JSON.stringify({ ...report, seconds }, null, 2)}\n`);
  else {
    const counts = Object.entries(kinds).map(([kind, count]) => `  ${String(count).padStart(4)}  ${kind}`);
    process.stdout.write(
      [
        `${corruptions} corruptions in ${seconds.toFixed(0)} s: ${undetected} undetected, ${untyped} without a code, ${healed} made good at once`,
        ...counts,
        ...findings,
      ].join('\n') + '\n',
    );
  }
  if (undetected + untyped > 0) process.exitCode = 1;
} finally {
  await server.stop();
}
