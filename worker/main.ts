/** A worker of a container, of systemd or of the embedded stack: a failure goes to stderr, which is its log. */
import { errorText } from '../contracts/errorText.js';
import { runWorker } from './program.js';

await runWorker((error) => process.stderr.write(`${errorText(error)}\n`));
