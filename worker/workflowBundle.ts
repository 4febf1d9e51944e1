/** Where the workflow code lies: the bundle made at build time if there is one, else the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
export const bundlePath = fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url));

export const tracingPath = fileURLToPath(new URL('../telemetry/workflowInterceptors.js', import.meta.url));
export const tracedBundlePath = fileURLToPath(new URL('../workflows/tracedBundle.cjs', import.meta.url));

/** @param traced whether their course becomes spans; what they do is the same */
export function workflowSource(traced = false): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (traced) return { workflowBundle: { codePath: tracedBundlePath } };
  return existsSync(bundlePath) ? { workflowBundle: { codePath: bundlePath } } : { workflowsPath };
}
