/** The worker that `graftwork worker` starts: a failure goes to the command, which reports it as every command does. */
import { runWorker } from './program.js';

await runWorker((error) => process.send?.(error.toJSON(), undefined, undefined, () => process.disconnect()));
