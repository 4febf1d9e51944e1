/** What an engine process gets of its worker's environment. */

/** The keys of Temporal, the codec and webhooks are the worker's business: a process that decodes foreign weights has no use for them. */
const workersOwn = /^(TEMPORAL_|GRAFTWORK_CODEC_|GRAFTWORK_WEBHOOK_)/;

export function engineEnvironment(variables: NodeJS.ProcessEnv, temporary: string): NodeJS.ProcessEnv {
  const own = Object.entries(variables).filter(([name]) => !workersOwn.test(name));
  return { ...Object.fromEntries(own), TMPDIR: temporary };
}
