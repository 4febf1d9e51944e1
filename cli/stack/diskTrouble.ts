/** Whether the embedded stack has room to work in: its servers, its caches and its logs share the disk of the home. */
import { defaultHome, diskRoom, fullness, roomNeeded } from '../../infra/stack.js';
import { bytes } from '../../client/text/format.js';
import { temporalConfigured } from '../../client/connection/endpoints.js';

/**
 * What to say while the disk of the embedded stack is full, or nearly so; the same words while that does not change.
 * Undefined where there is room, and where the servers are elsewhere.
 */
export async function diskTrouble(home = defaultHome()): Promise<string | undefined> {
  if (temporalConfigured()) return undefined;
  const room = await diskRoom(home);
  const full = room && fullness(room);
  if (room === undefined || full === undefined) return undefined;
  const left = full === 'full' ? '' : ` (less than ${bytes(roomNeeded(room))} left)`;
  return `the disk of ${home} is ${full}${left}. Free some space. Waiting work then continues by itself.`;
}
