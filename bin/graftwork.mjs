#!/usr/bin/env node
/** `npx graftwork` in a checkout: the built command line, or a word on how to get it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/client/main.js', import.meta.url);
const ready = ['../node_modules/.package-lock.json', '../.graftwork/stamps/build'].every((file) =>
  existsSync(fileURLToPath(new URL(file, import.meta.url))),
);

// The AWS SDK announces on every start which Node its releases of next year will need.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

if (ready && existsSync(fileURLToPath(main))) {
  await import(main.href);
} else {
  process.stderr.write('graftwork is not set up in this checkout yet.\nRun `npm run setup` first.\n');
  process.exitCode = 1;
}
