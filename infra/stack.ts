/** The embedded stack: a real Temporal with its UI, a real S3 and the workers, on 127.0.0.1. */
export { checkout, defaultHome, isCheckout, toolPath } from './stack/checkout.js';
export type { Tool } from './stack/checkout.js';
export { diskRoom, fullness, roomNeeded } from './stack/diskRoom.js';
export { Servers, startServers } from './stack/servers/servers.js';
export type { ServerName, ServersOptions } from './stack/servers/servers.js';
export { StackError } from './stack/stackError.js';
export { readStack, stackEnvironment } from './stack/stackState.js';
export type { ProcessState, StackState, WorkerPool } from './stack/stackState.js';
export { startStack } from './stack/startStack.js';
export type { StartStackOptions } from './stack/startStack.js';
export { stopStack } from './stack/stopStack.js';
