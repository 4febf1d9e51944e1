/**
 * Native TensorFlow for @tensorflow/tfjs-node-gpu. The package's own download is TensorFlow 2.9 for CUDA 11.2, from a
 * host of its own; here the libraries come out of the pinned TensorFlow 2.21 wheel, and the package's addon (two C++
 * files on Node-API) is compiled against them. The same addon source serves the CPU and the CUDA flavour.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run, tail } from './command.mjs';
import { checkout, places } from './places.mjs';
import { say, step } from './progress.mjs';
import { SetupError } from './setupError.mjs';
import { copyWhole, digest, isStamped, stamp, unstamp, writeWhole } from './stamp.mjs';
import { downloadWheels, unpack } from './wheels.mjs';

/** @typedef {'cpu' | 'gpu'} Flavour */
/** @typedef {import('./platform.mjs').Platform} Platform */

const bindingPackage = join(places.nodeModules, '@tensorflow', 'tfjs-node-gpu');
const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join('binding', file));
const flavourFile = join(places.tensorflow, 'flavour');

/** Of TensorFlow's 250 MB of headers, the folders that the C interface includes. */
const headers = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];

/** The flavour chosen last stays chosen until `--gpu` or `--cpu` says otherwise. @returns {Flavour} */
export function chosenFlavour() {
  try {
    return readFileSync(flavourFile, 'utf8') === 'gpu' ? 'gpu' : 'cpu';
  } catch {
    return 'cpu';
  }
}

/** @param {Flavour} flavour */
export function chooseFlavour(flavour) {
  if (flavour !== chosenFlavour()) writeWhole(flavourFile, flavour);
}

/** node-pre-gyp's rule: the highest Node-API version that both the package (3 to 8) and the running Node know. */
function napiVersion() {
  return Math.min(8, Number(process.versions.napi));
}

/** @param {Flavour} flavour @param {Platform} platform */
function paths(flavour, platform) {
  const folder = join(places.tensorflow, flavour);
  return {
    folder,
    library: join(folder, platform.tensorflow.library),
    framework: join(folder, platform.tensorflow.framework),
    include: join(folder, 'include'),
    nvidia: join(folder, 'nvidia'),
    requirements: join(places.requirements, `tensorflow-${flavour}.txt`),
  };
}

/** @param {Flavour} flavour @param {Platform} platform */
export function librariesReady(flavour, platform) {
  const { library, framework, requirements } = paths(flavour, platform);
  return (
    isStamped(`tensorflow-${flavour}`, librariesInputs(requirements)) && existsSync(library) && existsSync(framework)
  );
}

/** @param {string} requirements */
function librariesInputs(requirements) {
  return digest(readFileSync(requirements), headers.join('\n'));
}

/**
 * Fetches the wheel and unpacks its two libraries and few headers. The download is kept until that is done, and
 * deleted then: it is as large as what it holds.
 * @param {string} python @param {Flavour} flavour @param {Platform} platform
 */
export async function installLibraries(python, flavour, platform) {
  if (flavour === 'gpu' && platform.name !== 'linux x86_64') {
    throw new SetupError(
      `TensorFlow for CUDA has no build for ${platform.name}`,
      'Use the CPU flavour: run it with `--cpu`.',
    );
  }
  const { folder, library, framework, include, nvidia, requirements } = paths(flavour, platform);
  const size = flavour === 'gpu' ? '4 GB with the CUDA libraries' : '270 MB';
  await step(`TensorFlow (${flavour.toUpperCase()}, ${size})`, async () => {
    unstamp(`tensorflow-${flavour}`);
    const wheels = join(places.cache, 'wheels', `tensorflow-${flavour}`);
    const { wheelTags, name } = platform;
    await downloadWheels({ python, requirements, into: wheels, wheelTags, platform: name });
    mkdirSync(folder, { recursive: true });
    const files = readdirSync(wheels);
    const wheel = join(wheels, files.find((file) => file.startsWith('tensorflow')) ?? 'tensorflow');
    await unpack(python, [
      { wheel, member: `tensorflow/${platform.tensorflow.library}`, target: library },
      { wheel, member: `tensorflow/${platform.tensorflow.framework}`, target: framework },
      ...headers.map((prefix) => ({
        wheel,
        member: `tensorflow/include/${prefix}*`,
        target: join(include, prefix),
      })),
      ...files
        .filter((file) => file.startsWith('nvidia'))
        .map((file) => ({ wheel: join(wheels, file), member: 'nvidia/*', target: `${nvidia}/` })),
    ]);
    rmSync(wheels, { recursive: true, force: true });
    stamp(`tensorflow-${flavour}`, librariesInputs(requirements));
  });
}

/** The addon inside node_modules, where the package looks for it, and its source of truth in `.graftwork`. */
function installedAddon() {
  return join(bindingPackage, 'lib', `napi-v${napiVersion()}`, 'tfjs_binding.node');
}

/** @param {Flavour} flavour @param {Platform} platform */
export function addonBuilt(flavour, platform) {
  return existsSync(builtAddon(flavour, platform));
}

/** Named by the digest of its inputs: a new npm package or TensorFlow is another file. @param {Flavour} flavour @param {Platform} platform */
function builtAddon(flavour, platform) {
  const inputs = digest(
    librariesInputs(paths(flavour, platform).requirements),
    ...readdirSync(join(bindingPackage, 'binding'))
      .sort()
      .map((file) => readFileSync(join(bindingPackage, 'binding', file))),
    `${napiVersion()} ${process.arch}`,
  );
  return join(paths(flavour, platform).folder, `tfjs_binding-${inputs.slice(0, 16)}.node`);
}

/** @param {string} compiler @param {Flavour} flavour @param {Platform} platform */
export async function buildAddon(compiler, flavour, platform) {
  await step('TensorFlow addon', async () => {
    const { folder, library, framework, include } = paths(flavour, platform);
    const target = builtAddon(flavour, platform);
    const unfinished = `${target}.${process.pid}`;
    const linking =
      process.platform === 'darwin'
        ? ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/../../deps/lib']
        : ['-shared', '-fPIC', '-Wl,-rpath,$ORIGIN/../../deps/lib', `-Wl,-rpath-link,${folder}`];
    const { code, output } = await run(
      compiler,
      [
        ...['-O2', '-std=c++17', `-DNAPI_VERSION=${napiVersion()}`, ...linking],
        ...[join(places.nodeModules, 'node-api-headers', 'include'), include, bindingPackage].map(
          (path) => `-I${path}`,
        ),
        ...sources,
        ...[library, framework, '-o', unfinished],
      ],
      { cwd: bindingPackage },
    );
    if (code !== 0) {
      throw new SetupError(
        `the TensorFlow addon does not compile with ${compiler}:\n${tail(output)}`,
        'It needs a compiler with C++17 (g++ 8, clang 7 or later). Name another compiler in the variable CXX.',
      );
    }
    for (const file of readdirSync(folder)) {
      if (file.startsWith('tfjs_binding-') && join(folder, file) !== unfinished) rmSync(join(folder, file));
    }
    renameSync(unfinished, target);
  });
}

/** @param {Flavour} flavour @param {Platform} platform */
export function addonInstalled(flavour, platform) {
  return isStamped('addon', digest(builtAddon(flavour, platform))) && existsSync(installedAddon());
}

/**
 * Puts libraries and addon where the package looks for them, and proves it by loading the addon in a process of its own.
 * The links are relative, so the checkout can be moved.
 * @param {Flavour} flavour @param {Platform} platform
 */
export async function installAddon(flavour, platform) {
  const { library, framework, nvidia } = paths(flavour, platform);
  const { tensorflow } = platform;
  unstamp('addon');
  const deps = join(bindingPackage, 'deps');
  rmSync(deps, { recursive: true, force: true });
  link(library, join(deps, 'lib', tensorflow.library));
  link(library, join(deps, 'lib', tensorflow.link));
  link(framework, join(deps, 'lib', tensorflow.framework));
  link(framework, join(deps, 'lib', tensorflow.frameworkLink));
  // The CUDA wheel's libraries look for these at ../nvidia, seen from where they are linked.
  if (existsSync(nvidia)) link(nvidia, join(deps, 'nvidia'));
  // Engines of a stack that runs from this checkout have the addon mapped: written in place, it would crash them.
  copyWhole(builtAddon(flavour, platform), installedAddon());
  const program = `process.stdout.write('\\n' + require(${JSON.stringify(installedAddon())}).TF_Version)`;
  const { code, output } = await run(process.execPath, ['-e', program], {
    cwd: checkout,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (code !== 0) {
    throw new SetupError(
      `the TensorFlow addon does not load:\n${tail(output)}`,
      'Delete .graftwork/tensorflow and run the same command again.',
    );
  }
  // TensorFlow chatters on stderr while it loads; the version is what comes last.
  say(`TensorFlow ${output.trim().split(/\s/).at(-1)} loads (${flavour.toUpperCase()})`);
  stamp('addon', digest(builtAddon(flavour, platform)));
}

/** @param {string} target @param {string} path */
function link(target, path) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}
