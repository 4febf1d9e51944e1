#!/usr/bin/env node
/** The command, in a checkout and in an installed package: the built command line, or how to get it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const isThere = (/** @type {string} */ file) => existsSync(fileURLToPath(new URL(file, import.meta.url)));

// A package is complete as it is installed; a checkout is made complete by its setup.
const ready =
  !isThere('../infra/run.mjs') ||
  (isThere('../node_modules/.package-lock.json') && isThere('../.graftwork/stamps/build'));

// The AWS SDK announces on every start which Node its releases of next year will need.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

if (ready && existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  process.stderr.write('graftwork is not set up in this checkout yet.\nRun `npm run setup` first.\n');
  process.exitCode = 1;
}
