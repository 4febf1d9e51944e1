/** npm's packages, exactly as package-lock.json says, with install scripts off (.npmrc) and npm's cache inside the checkout. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './command.mjs';
import { checkout, places } from './places.mjs';
import { step } from './progress.mjs';
import { SetupError } from './setupError.mjs';

/**
 * @typedef {{version?: string, integrity?: string, optional?: boolean, link?: boolean}} LockedPackage
 * @typedef {{packages: Record<string, LockedPackage>}} Lock
 */

/** npm keeps a lock of what it really installed, written last: comparing the two needs no stamp of our own. */
export function npmPackagesReady() {
  const wanted = readLock(join(checkout, 'package-lock.json'));
  const installed = readLock(join(places.nodeModules, '.package-lock.json'));
  return wanted !== undefined && installed !== undefined && isInstalled(wanted, installed);
}

/**
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json; lacks the root, and optional packages of other platforms
 */
export function isInstalled(wanted, installed) {
  for (const [path, { version, integrity, optional }] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    if (found === undefined ? !optional : found.version !== version || found.integrity !== integrity) return false;
  }
  return Object.keys(installed.packages).every((path) => path in wanted.packages);
}

/** @param {string} path @returns {Lock | undefined} */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export async function installNpmPackages() {
  await step('npm packages', async () => {
    const [program, ...before] = npm();
    const cache = join(places.cache, 'npm');
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--cache', cache];
    const { code, output } = await run(program, [...before, 'ci', '--include=dev', ...options], { cwd: checkout });
    if (code === 127) throw new SetupError('npm is missing', 'Install it; it comes with Node.');
    if (code !== 0) {
      const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network/i.test(output);
      if (network) {
        throw new SetupError(
          `the npm registry cannot be reached:\n${reason(output)}`,
          "Check the network, the proxy (HTTPS_PROXY) or npm's registry setting, and run the same command again.",
        );
      }
      throw new SetupError(
        `npm could not install the packages:\n${reason(output)}`,
        'Run the same command again. If it fails in the same way, delete node_modules and .graftwork/cache first.',
      );
    }
  });
}

/** npm prints the reason first and its usage last. @param {string} output */
function reason(output) {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!)\s+(?!at )\S/.test(line));
  return lines.slice(0, 6).join('\n');
}

/** The npm that runs us, when npm runs us; else the one on PATH. @returns {[string, ...string[]]} */
function npm() {
  const script = process.env.npm_execpath;
  return script && basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
}
