/**
 * What the npm scripts call: sets the checkout up, then does what was asked.
 *
 *   node infra/run.mjs setup [--gpu | --cpu]
 *   node infra/run.mjs demo | parity [arguments of that program]
 *   node infra/run.mjs bench <name> [arguments of that measurement]
 *   node infra/run.mjs soak [--rounds N] [--zombies N] [--seed N] [--json]
 *   node infra/run.mjs test | test:unit [words in the names of test files] [options of `node --test`]
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { handOver } from './setup/command.mjs';
import { demoIntroduction } from './setup/introduction.mjs';
import { checkout, home, places } from './setup/places.mjs';
import { setup } from './setup/setup.mjs';
import { SetupError } from './setup/setupError.mjs';
import { runTests } from './setup/tests.mjs';

/**
 * oneDNN makes convolutions on the CPU three times faster; level 2 leaves TensorFlow's errors and drops its chatter.
 * What the setup fetched is in the checkout, wherever the user stands.
 */
const defaults = {
  TF_ENABLE_ONEDNN_OPTS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
  GRAFTWORK_HOME: home,
  // The AWS SDK announces on every start which Node its releases of next year will need.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/** @param {string | undefined} what @param {string[]} args @returns {Promise<number>} exit code */
async function main(what, args) {
  const env = { ...defaults, ...process.env };
  // The working folder stays the user's, so that relative paths in the arguments mean what they say.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  /** @param {string[]} script below dist/ @param {string[]} rest */
  const program = async (script, rest) => {
    await setup();
    return handOver(process.execPath, [join(places.dist, ...script), ...rest], { cwd, env });
  };
  switch (what) {
    case 'setup':
      await setup({ flavour: args.includes('--gpu') ? 'gpu' : args.includes('--cpu') ? 'cpu' : undefined });
      return 0;
    case 'demo':
      introduce(demoIntroduction(args));
      return program(['cli', 'demo', 'demo.js'], args);
    case 'parity':
      return program(['learning', 'parity', 'parity.js'], args);
    case 'bench':
      return program(['bench', `${measurement(args[0])}.js`], args.slice(1));
    case 'soak':
      return program(['bench', 'soak.js'], args);
    case 'test':
    case 'test:unit':
      return runTests(args, { cwd: checkout, env }, { unitOnly: what === 'test:unit' });
    default:
      throw new UsageError(
        `unknown command: ${what ?? '(none)'}. Use one of setup, demo, test, test:unit, parity, bench, soak.`,
      );
  }
}

/** To stderr, as all progress: with `--json` stdout is for the result. @param {string | undefined} line */
function introduce(line) {
  if (line !== undefined) process.stderr.write(`${line}\n`);
}

class UsageError extends Error {}

/** @param {string | undefined} name @returns {string} the name of a program in bench/ */
function measurement(name) {
  const names = readdirSync(join(checkout, 'bench')).flatMap((file) => /^(\w+)\.ts$/.exec(file)?.[1] ?? []);
  if (name !== undefined && names.includes(name)) return name;
  throw new UsageError(`no such measurement: ${name ?? '(none named)'}. Those in bench/ are: ${names.join(', ')}.`);
}

const [, , what, ...args] = process.argv;
try {
  process.exitCode = await main(what, args);
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof SetupError) {
    process.stderr.write(`\nsetup failed: ${error.message}\n${error.remedy}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
