/** Where the workflow code lies: the bundles made at build time if they are there, else the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));

/** The sandbox cannot see whether payloads are encrypted, so what it does with failures is decided by the bundle. */
export const bundlePaths = {
  plain: fileURLToPath(new URL('../workflows/bundle.cjs', import.meta.url)),
  encrypted: fileURLToPath(new URL('../workflows/bundle.encrypted.cjs', import.meta.url)),
};

/** @param converter the worker's own */
export function workflowSource(converter: DataConverter = {}): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = bundlePaths[converter.failureConverterPath === undefined ? 'plain' : 'encrypted'];
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath };
}
