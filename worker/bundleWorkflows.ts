/** Bundles the workflows once, at build time, so that a worker starts without webpack. Run by the setup after `tsc`. */
import { writeFile } from 'node:fs/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { failureConverterPath } from '../codec/dataConverter.js';
import { bundlePaths, workflowsPath } from './workflowBundle.js';

const logger = new DefaultLogger('WARN');
const plain = await bundleWorkflowCode({ workflowsPath, logger });
await writeFile(bundlePaths.plain, plain.code);
const encrypted = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger });
await writeFile(bundlePaths.encrypted, encrypted.code);
