import { hostname, userInfo } from 'node:os';

/** Who gives a command here, for the record: user and machine. */
export function personHere(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // In a container the user may have no name.
    return hostname();
  }
}
