/** Which devices a gpu pool has: CUDA devices by `nvidia-smi`, or the CPU. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GraftworkError } from '../contracts/errors.js';

const run = promisify(execFile);

/**
 * Ids of the CUDA devices this process may use: what `nvidia-smi` lists, narrowed by CUDA_VISIBLE_DEVICES as a scheduler
 * sets it (indices or UUIDs); none when there is no driver.
 */
export async function discoverDevices(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const visible = environment.CUDA_VISIBLE_DEVICES?.split(',').map((id) => id.trim());
  try {
    const { stdout } = await run('nvidia-smi', ['--query-gpu=index,uuid', '--format=csv,noheader'], {
      env: environment,
      timeout: 10_000,
    });
    const found = stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => line.split(',').map((field) => field.trim()));
    if (visible === undefined) return found.flatMap(([index]) => index ?? []);
    return visible.filter((id) => found.some((names) => names.includes(id)));
  } catch {
    return [];
  }
}

/**
 * One slot per device; `[null]` is one slot on the CPU.
 *
 * @param wanted ids given by the person, or undefined for all there are
 * @throws GraftworkError GW_USAGE when a wanted device, or with `requireGpu` any device, is missing
 */
export function chooseDevices(
  found: readonly string[],
  wanted: readonly string[] | undefined,
  requireGpu: boolean,
): (string | null)[] {
  const missing = (wanted ?? []).filter((device) => !found.includes(device));
  if (missing.length > 0) {
    throw new GraftworkError('GW_USAGE', `This machine has no GPU ${missing.join(', ')}.`, {
      remedy:
        found.length === 0
          ? 'nvidia-smi finds no GPU. Leave out --devices to use the CPU.'
          : `This machine has: ${found.join(', ')}.`,
    });
  }
  if (requireGpu && found.length === 0) {
    throw new GraftworkError('GW_USAGE', 'This machine has no GPU, but --require-gpu was given.', {
      remedy: 'Check that `nvidia-smi` lists a GPU, or leave out --require-gpu to use the CPU.',
    });
  }
  if (wanted !== undefined) return [...wanted];
  return found.length === 0 ? [null] : [...found];
}
