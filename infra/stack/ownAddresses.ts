/** Addresses at which each worker process listens itself. */
const variables = ['GRAFTWORK_METRICS_ADDRESS', 'GRAFTWORK_HEALTH_ADDRESS'] as const;

/**
 * The embedded stack has several workers on one machine, and one set of variables: of each address the first worker takes
 * the port that is given, the next the one behind it, and so on.
 *
 * @param index of the worker, from 0
 * @returns those of the variables that are set and hold a port
 */
export function ownAddresses(given: NodeJS.ProcessEnv, index: number): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap((name) => {
      const [, host, port] = /^(.+):(\d+)$/.exec(given[name] ?? '') ?? [];
      return host === undefined ? [] : [[name, `${host}:${Number(port) + index}`]];
    }),
  );
}
