/**
 * Bundles the workflows at build time, so that a worker starts without webpack: as they are or traced, each for plain and for
 * encrypted payloads. Run by the setup after `tsc`.
 */
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { failureConverterPath } from '../codec/dataConverter.js';
import { bundlePath, tracingPath, workflowsPath } from './workflowBundle.js';

const logger = new DefaultLogger('WARN');
for (const traced of [false, true]) {
  for (const encrypted of [false, true]) {
    const { code } = await bundleWorkflowCode({
      ...{ workflowsPath, logger },
      ...(encrypted ? { failureConverterPath } : {}),
      ...(traced ? { workflowInterceptorModules: [tracingPath] } : {}),
    });
    await writeFile(bundlePath({ traced, encrypted }), code);
  }
}
