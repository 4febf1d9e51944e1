/**
 * Messages and stacks of failures as payloads, so that the codec covers them. Temporal's SDK loads this module by its path,
 * with `require` in the process and bundled in the workflow sandbox: hence CommonJS.
 */
import common = require('@temporalio/common');

export = { failureConverter: new common.DefaultFailureConverter({ encodeCommonAttributes: true }) };
