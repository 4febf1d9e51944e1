/**
 * Bundles the workflows at build time, so that a worker starts without webpack: once as they are, once with what traces them.
 * Run by the setup after `tsc`.
 */
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundlePath, tracedBundlePath, tracingPath, workflowsPath } from './workflowBundle.js';

const logger = new DefaultLogger('WARN');
for (const [path, workflowInterceptorModules] of [
  [bundlePath, []],
  [tracedBundlePath, [tracingPath]],
] as const) {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [...workflowInterceptorModules],
    logger,
  });
  await writeFile(path, code);
}
