/** How a checkpoint of the Hugging Face hub is written as a backbone: `timm/resnet50.a1_in1k`, with `@revision` and `:stage` behind. */

export interface HubCheckpoint {
  /** `owner/name` */
  repository: string;
  /** Commit, branch or tag; undefined: what the hub has now. */
  revision: string | undefined;
  /** The stage the network is to end with, or how its features are pooled; undefined: as it is. */
  stage: string | undefined;
}

/** The checkpoint that a backbone's name means; undefined when the text names none. `hf:` may stand before it, as before weights. */
export function hubCheckpoint(text: string): HubCheckpoint | undefined {
  const found = /^(?:hf:)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?(?::([\w.+:-]+))?$/.exec(text);
  if (found === null) return undefined;
  const [, repository = '', revision, stage] = found;
  // They become parts of an address, where `..` would lead to another place of the hub.
  const parts = [repository, revision ?? 'main'].flatMap((name) => name.split('/'));
  return parts.some((part) => ['', '.', '..'].includes(part)) ? undefined : { repository, revision, stage };
}

/** `owner/name@revision:stage` */
export function checkpointText({ repository, revision, stage }: HubCheckpoint): string {
  return repository + (revision === undefined ? '' : `@${revision}`) + (stage === undefined ? '' : `:${stage}`);
}
