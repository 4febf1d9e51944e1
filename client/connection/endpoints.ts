/**
 * Where Temporal and the object store are: in the SDKs' own environment variables and profile files when those say so,
 * else in the embedded stack of this checkout.
 */
import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { parseEnvironment } from '../../contracts/environment.js';
import type { Environment } from '../../contracts/environment.js';
import { GraftworkError } from '../../contracts/errors.js';
import { defaultHome, isCheckout, readStack, stackEnvironment } from '../../infra/stack.js';
import { nameServers } from './clientAlone.js';

export interface Endpoints {
  /** Graftwork's own folder, absolute. */
  home: string;
  /** The process's environment itself, or a copy with the embedded stack's variables laid over it. */
  variables: Record<string, string | undefined>;
  settings: Environment;
  temporal: ClientConnectConfig;
  /** Base address of the Temporal UI; known for the embedded stack only. */
  ui: string | undefined;
  origin: 'environment' | 'embedded';
  /** Whether the workers encrypt payloads; known for the embedded stack only. */
  encrypted?: boolean;
}

/**
 * @param home Graftwork's folder; default GRAFTWORK_HOME, else `.graftwork` of the checkout, or of the working folder.
 * @throws GraftworkError GW_TEMPORAL_UNREACHABLE when nothing is configured and no embedded stack is running;
 * GW_ENVIRONMENT_INVALID when a variable or the profile file does not parse.
 */
export async function findEndpoints(home?: string): Promise<Endpoints> {
  const own = withoutUndefined(process.env);
  const settings = parseEnvironment(own);
  const folder = resolve(home ?? defaultHome());
  const configured = temporalConfiguration(own);
  if (configured !== undefined) {
    return {
      home: folder,
      variables: process.env,
      settings,
      temporal: configured,
      ui: undefined,
      origin: 'environment',
    };
  }

  const stack = await readStack(folder);
  if (stack === undefined) {
    throw new GraftworkError('GW_TEMPORAL_UNREACHABLE', 'No Temporal is configured and no embedded stack is running.', {
      remedy: isCheckout
        ? 'Start the embedded one with `graftwork up --detach`, or set TEMPORAL_ADDRESS.'
        : nameServers,
    });
  }
  const variables = { ...own, ...stackEnvironment(stack) };
  const temporal = temporalConfiguration(variables);
  if (temporal === undefined) throw new GraftworkError('GW_STACK', 'The embedded stack has no Temporal address.');
  const encrypted = stack.codecPort !== undefined;
  const rest = { temporal, ui: stack.ui, origin: 'embedded' as const, encrypted };
  return { home: folder, variables, settings: parseEnvironment(variables), ...rest };
}

/** Whether environment or profile file name a Temporal server, so that no embedded one is wanted. */
export function temporalConfigured(): boolean {
  return temporalConfiguration(withoutUndefined(process.env)) !== undefined;
}

function temporalConfiguration(variables: Record<string, string>): ClientConnectConfig | undefined {
  try {
    const config = loadClientConnectConfig({ overrideEnvVars: variables });
    // An empty variable is as good as none.
    return config.connectionOptions.address ? config : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new GraftworkError('GW_ENVIRONMENT_INVALID', `Temporal's configuration: ${message}`, {
      remedy: 'Correct the TEMPORAL_… variables or the profile file they name.',
      cause: error,
    });
  }
}

function withoutUndefined(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
