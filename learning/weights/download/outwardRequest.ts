/** Requests to the outside on behalf of what a spec names: each hop is looked at before a connection is made. */
import type { Agent, fetch as Fetch, RequestInit, Response } from 'undici';
import { GraftworkError } from '../../../contracts/errors.js';
import { redactedUrl } from '../../../contracts/redactedUrl.js';
import { publicLookup, requirePublicHost } from './publicAddress.js';

export interface Reach {
  /** Whether private addresses and plain http may be asked, too. */
  allowPrivate: boolean;
  /** The one origin that the operator has named, wherever it is: a mirror of the hub. */
  trusted?: string | undefined;
}

export type OutwardInit = Pick<RequestInit, 'method' | 'signal' | 'body'> & {
  headers: Readonly<Record<string, string>>;
};
export type { Response };

interface Outside {
  fetch: typeof Fetch;
  anywhere: Agent;
  publicOnly: Agent;
}

/** Loaded for the first request: most processes make none, and loading takes a tenth of a second. */
let outside: Promise<Outside> | undefined;

async function loadOutside(): Promise<Outside> {
  const { Agent, fetch } = await import('undici');
  return { fetch, anywhere: new Agent(), publicOnly: new Agent({ connect: { lookup: publicLookup } }) };
}

const mostHops = 5;

/**
 * One request; a redirect is an answer like others.
 *
 * @throws GraftworkError GW_WEIGHTS_REFUSED for an address that may not be asked; what `fetch` throws
 */
export async function ask(url: string, init: OutwardInit, reach: Reach): Promise<Response> {
  const { origin, protocol, hostname } = new URL(url);
  const open = reach.allowPrivate || origin === reach.trusted;
  if (!open) {
    if (protocol !== 'https:') throw refused(url, 'it is not an https address');
    requirePublicHost(hostname);
  }
  const { fetch, anywhere, publicOnly } = await (outside ??= loadOutside());
  try {
    return await fetch(url, { ...init, redirect: 'manual', dispatcher: open ? anywhere : publicOnly });
  } catch (error) {
    // fetch wraps whatever a lookup says.
    if (error instanceof Error && error.cause instanceof GraftworkError) throw error.cause;
    throw error;
  }
}

/** With redirects: each target is checked as the first address was, and another origin gets no credentials. */
export async function askFollowing(url: string, init: OutwardInit, reach: Reach): Promise<Response> {
  let headers = init.headers;
  for (let hop = 0, at = url; hop <= mostHops; hop += 1) {
    const response = await ask(at, { ...init, headers }, reach).catch((thrown: unknown) => {
      throw hop === 0 ? thrown : ledFrom(url, thrown);
    });
    const target = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || target === null) return response;
    await response.body?.cancel();
    const next = new URL(target, at);
    if (next.origin !== new URL(at).origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
    }
    at = next.href;
  }
  throw refused(url, 'it redirects too often');
}

/** The refusal of a redirect's target, with the address that was asked for. */
function ledFrom(url: string, thrown: unknown): unknown {
  if (!(thrown instanceof GraftworkError)) return thrown;
  const { code, message, cause } = thrown;
  return new GraftworkError(code, `${redactedUrl(url)} redirects to another address. ${message}`, {
    remedy: 'Look at what the server answers. Name the file itself, or copy the weights into the bucket (s3://…).',
    cause,
  });
}

function refused(url: string, reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_REFUSED', `Weights are not fetched from ${redactedUrl(url)}: ${reason}.`, {
    remedy: 'Name the file itself, or copy the weights into the bucket (s3://…).',
  });
}
