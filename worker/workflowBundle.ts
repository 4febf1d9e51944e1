/** Where the workflow code lies: the bundles made at build time if they are there, else the sources. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
export const tracingPath = fileURLToPath(new URL('../telemetry/workflowInterceptors.js', import.meta.url));

export interface BundleKind {
  /** Whether their course becomes spans; what they do is the same. */
  traced: boolean;
  /** The sandbox cannot see whether payloads are encrypted, so what it does with failures is decided by the bundle. */
  encrypted: boolean;
}

export function bundlePath({ traced, encrypted }: BundleKind): string {
  const kind = `${traced ? '.traced' : ''}${encrypted ? '.encrypted' : ''}`;
  return fileURLToPath(new URL(`../workflows/bundle${kind}.cjs`, import.meta.url));
}

/** @param converter the worker's own */
export function workflowSource(
  converter: DataConverter = {},
  traced = false,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = bundlePath({ traced, encrypted: converter.failureConverterPath !== undefined });
  return traced || existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath };
}
