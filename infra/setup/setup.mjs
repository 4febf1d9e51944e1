/**
 * From a fresh clone to a working checkout. Each step looks first whether its result is there, so a second run does
 * nothing, and an interrupted one goes on where it stopped.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { restoreManifest } from '../package/ownManifest.mjs';
import { build, buildReady } from './build.mjs';
import { withSetupLock } from './lock.mjs';
import { installNpmPackages, npmPackagesReady } from './npmPackages.mjs';
import { places } from './places.mjs';
import { detectPlatform } from './platform.mjs';
import { requireNode, requirePrograms } from './prerequisites.mjs';
import { say } from './progress.mjs';
import * as tensorflow from './tensorflow.mjs';
import { installTools, toolsReady } from './tools.mjs';
import { downloadWeights, weightsReady } from './weights.mjs';

/**
 * @param {{flavour?: tensorflow.Flavour | undefined}} [options] the TensorFlow flavour; default: the one chosen last, else CPU
 */
export async function setup(options = {}) {
  requireNode();
  const platform = detectPlatform();
  const began = performance.now();
  await withSetupLock(async () => {
    restoreManifest();
    if (options.flavour !== undefined) tensorflow.chooseFlavour(options.flavour);
    const flavour = tensorflow.chosenFlavour();
    const pending = {
      packages: !npmPackagesReady(),
      tools: !toolsReady(),
      weights: !weightsReady(),
      libraries: !tensorflow.librariesReady(flavour, platform),
    };
    const addon = pending.packages || pending.libraries || !tensorflow.addonBuilt(flavour, platform);
    const { python = 'python3', compiler = 'c++' } = await requirePrograms({
      python: pending.tools || pending.weights || pending.libraries,
      compiler: addon,
      diskGiB: pending.libraries ? (flavour === 'gpu' ? 14 : 4) : 0,
    });

    // Fetching is bound by the network, unpacking and compiling by a processor: side by side they take the time of the longest.
    const packages = pending.packages ? installNpmPackages() : Promise.resolve();
    const libraries = pending.libraries ? tensorflow.installLibraries(python, flavour, platform) : Promise.resolve();
    await allSettledOrThrow([
      Promise.all([packages, libraries]).then(async () => {
        if (!tensorflow.addonBuilt(flavour, platform)) await tensorflow.buildAddon(compiler, flavour, platform);
        if (pending.packages || !tensorflow.addonInstalled(flavour, platform))
          await tensorflow.installAddon(flavour, platform);
      }),
      packages.then(() => (buildReady() ? undefined : build())),
      pending.tools ? installTools(python, platform) : undefined,
      pending.weights ? downloadWeights(python, platform) : undefined,
    ]);
    const leftovers = join(places.cache, 'pip');
    if (existsSync(leftovers)) rmSync(leftovers, { recursive: true });
  });
  say(`ready (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

/** Lets every step finish, so that none is cut off half-way, and then throws the first failure. @param {(Promise<void> | undefined)[]} steps */
async function allSettledOrThrow(steps) {
  const results = await Promise.allSettled(steps);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
