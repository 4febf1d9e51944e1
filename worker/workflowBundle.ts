/** Where the workflow code lies: the bundle made at build time if there is one, else the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
export const bundlePath = fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url));

export function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  return existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : { workflowsPath };
}
