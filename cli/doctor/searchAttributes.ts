/** Whether a Temporal namespace has the search attributes that runs set: without them their first workflow task fails. */
import { searchAttributes } from '../../contracts/names.js';
import type { TemporalConnection } from '../../client/connection/temporalConnection.js';
import { fail, ok } from './check.js';
import type { Check } from './check.js';

/** gRPC: the server has no such call, or does not let us make it (Temporal Cloud has an API of its own for this). */
const unavailable = new Set([7, 12]);

/** Nothing where the server does not say. */
export async function checkSearchAttributes({ connection, namespace }: TemporalConnection): Promise<Check[]> {
  let present: Set<string>;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    present = new Set(Object.keys(customAttributes ?? {}));
  } catch (error) {
    if (error instanceof Error && 'code' in error && unavailable.has(Number(error.code))) return [];
    throw error;
  }
  const missing = Object.values(searchAttributes).filter(({ name }) => !present.has(name));
  if (missing.length === 0) return [ok('run attributes', `all ${Object.keys(searchAttributes).length} are there`)];
  const flags = missing.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
  return [
    fail(
      'run attributes',
      `namespace ${namespace} lacks ${missing.map(({ name }) => name).join(', ')}: runs cannot start`,
      `temporal operator search-attribute create --namespace ${namespace} ${flags}`,
    ),
  ];
}
