/**
 * `npm run audit`: known vulnerabilities of the packages that are shipped. Exit code 1 from severity `high` on. A registry
 * that cannot be asked is reported and fails nothing, so that a build needs no network.
 */
import { spawnSync } from 'node:child_process';
import { auditVerdict } from './auditVerdict.mjs';

/** Milliseconds: a registry that is away need not be waited for. */
const timeout = 60_000;

const args = ['audit', '--omit=dev', '--json'];
const { stdout } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20, timeout });
const { state, lines } = auditVerdict(stdout ?? '');
process.stdout.write(`audit: ${lines.join('\naudit: ')}\n`);
process.exitCode = state === 'vulnerable' ? 1 : 0;
