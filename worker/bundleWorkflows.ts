/** Bundles the workflows once, at build time, so that a worker starts without webpack. Run by the setup after `tsc`. */
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundlePath, workflowsPath } from './workflowBundle.js';

const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
await writeFile(bundlePath, code);
