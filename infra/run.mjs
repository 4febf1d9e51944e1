/**
 * What the npm scripts call: sets the checkout up, then does what was asked.
 *
 *   node infra/run.mjs setup [--gpu | --cpu]
 *   node infra/run.mjs demo | parity | bench [arguments of that program]
 *   node infra/run.mjs test [words in the names of test files] [options of `node --test`]
 */
import { join } from 'node:path';
import { handOver } from './setup/command.mjs';
import { checkout, places } from './setup/places.mjs';
import { setup } from './setup/setup.mjs';
import { SetupError } from './setup/setupError.mjs';
import { runTests } from './setup/tests.mjs';

const programs = {
  demo: join(places.dist, 'client', 'demo.js'),
  parity: join(places.dist, 'bench', 'parity.js'),
  bench: join(places.dist, 'bench', 'main.js'),
};

/** oneDNN makes convolutions on the CPU three times faster; level 2 leaves TensorFlow's errors and drops its chatter. */
const tensorflowEnvironment = { TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/** @param {string | undefined} what @param {string[]} args @returns {Promise<number>} exit code */
async function main(what, args) {
  const env = { ...tensorflowEnvironment, ...process.env };
  switch (what) {
    case 'setup':
      await setup({ flavour: args.includes('--gpu') ? 'gpu' : args.includes('--cpu') ? 'cpu' : undefined });
      return 0;
    case 'demo':
    case 'parity':
    case 'bench':
      await setup();
      // The working folder stays the user's, so that relative paths in the arguments mean what they say.
      return handOver(process.execPath, [programs[what], ...args], { cwd: process.env.INIT_CWD ?? process.cwd(), env });
    case 'test':
      await setup();
      return runTests(args, { cwd: checkout, env });
    default:
      throw new SetupError(`unknown command: ${what ?? '(none)'}`, 'Use one of setup, demo, test, parity, bench.');
  }
}

const [, , what, ...args] = process.argv;
try {
  process.exitCode = await main(what, args);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nsetup failed: ${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
