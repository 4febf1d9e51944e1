/** Which wheels fit this machine. The wheels are only unpacked, never imported, so the local Python's version is irrelevant. */
import { SetupError } from './setupError.mjs';

/**
 * @typedef {object} Platform
 * @property {string} name
 * @property {string[]} wheelTags pip platform tags, any of which fits
 * @property {{library: string, framework: string, link: string, frameworkLink: string}} tensorflow file names in the wheel, and under which the addon links them
 */

/** @type {Record<string, Platform>} */
const platforms = {
  'linux-x64': {
    name: 'linux x86_64',
    wheelTags: ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64'],
    tensorflow: {
      library: 'libtensorflow_cc.so.2',
      framework: 'libtensorflow_framework.so.2',
      link: 'libtensorflow.so',
      frameworkLink: 'libtensorflow_framework.so',
    },
  },
  'linux-arm64': {
    name: 'linux arm64',
    wheelTags: ['manylinux_2_28_aarch64', 'manylinux_2_27_aarch64', 'manylinux2014_aarch64'],
    tensorflow: {
      library: 'libtensorflow_cc.so.2',
      framework: 'libtensorflow_framework.so.2',
      link: 'libtensorflow.so',
      frameworkLink: 'libtensorflow_framework.so',
    },
  },
  'darwin-arm64': {
    name: 'macOS arm64',
    wheelTags: ['macosx_13_0_arm64', 'macosx_12_0_arm64', 'macosx_11_0_arm64'],
    tensorflow: {
      library: 'libtensorflow_cc.2.dylib',
      framework: 'libtensorflow_framework.2.dylib',
      link: 'libtensorflow.dylib',
      frameworkLink: 'libtensorflow_framework.dylib',
    },
  },
};

/**
 * @param {{platform?: string, arch?: string, glibc?: string | undefined}} [machine] this one, unless a test says otherwise
 * @returns {Platform}
 */
export function detectPlatform(machine = {}) {
  const { platform = process.platform, arch = process.arch } = machine;
  const glibc = 'glibc' in machine ? machine.glibc : glibcVersion();
  const found = platforms[`${platform}-${arch}`];
  if (found === undefined) {
    throw new SetupError(
      `${platform} on ${arch} is not supported: TensorFlow 2.21 has no build for it`,
      'Use Linux on x86_64 or arm64 (a container or WSL will do), or macOS on Apple silicon.',
    );
  }
  if (platform === 'linux') {
    if (glibc === undefined) {
      throw new SetupError(
        'this Linux has no glibc (Alpine and other musl systems): TensorFlow 2.21 has no build for it',
        'Use a glibc distribution such as Debian, Ubuntu or Fedora.',
      );
    }
    const [major = 0, minor = 0] = glibc.split('.').map(Number);
    if (major < 2 || (major === 2 && minor < 27)) {
      throw new SetupError(
        `glibc ${glibc} is too old: TensorFlow 2.21 needs 2.27`,
        'Use a distribution from 2018 or later.',
      );
    }
  }
  return found;
}

function glibcVersion() {
  if (process.platform !== 'linux') return undefined;
  const report = /** @type {{header: {glibcVersionRuntime?: string}}} */ (process.report.getReport());
  return report.header.glibcVersionRuntime;
}
