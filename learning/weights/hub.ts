/** Files of the Hugging Face hub, found as its own client finds them. */
import { GraftworkError } from '../../contracts/errors.js';
import { unavailable } from './download/download.js';
import { refusedByHub, type RefusedFile } from './hubRefusal.js';
import { ask, type Reach, type Response } from './download/outwardRequest.js';
import type { WeightLocation } from './location.js';

export interface HubEnvironment {
  /** The hub or a mirror of it. */
  HF_ENDPOINT?: string | undefined;
  /** For private and gated repositories. */
  HF_TOKEN?: string | undefined;
}

export interface HubFile {
  /** Where to fetch it, at the commit the revision stands for now. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Commit the revision stood for; undefined when the server did not say. */
  commit: string | undefined;
  /** The hub itself: the operator has named it, so it may be anywhere. */
  origin: string;
  /** What the hub says the content's digest is; undefined for files outside its large-file storage. */
  sha256: string | undefined;
  /** As the hub says; undefined when it does not. */
  bytes: number | undefined;
  /** The address of another file at the same commit. */
  beside: (file: string) => string;
}

const publicHub = 'https://huggingface.co';
const maximumRedirects = 5;

/**
 * Ask the hub which commit a revision stands for and what the file's digest is. Fetching at that commit, and checking
 * that digest, pins the download even when the revision is a branch.
 * @throws GW_WEIGHTS_NOT_FOUND when the repository, revision or file does not exist or needs a token
 * @throws GW_WEIGHTS_UNAVAILABLE (retryable) when the hub cannot be reached
 */
export async function locateOnHub(
  location: Extract<WeightLocation, { kind: 'hub' }>,
  environment: HubEnvironment,
  reach: Reach,
  signal?: AbortSignal,
): Promise<HubFile> {
  const { repository, revision, file } = location;
  const endpoint = endpointOf(environment);
  const { origin } = new URL(endpoint);
  const address = (at: string, name = file): string =>
    `${endpoint}/${repository}/resolve/${encodeURIComponent(at)}/${name}`;
  const headers: Record<string, string> = environment.HF_TOKEN
    ? { authorization: `Bearer ${environment.HF_TOKEN}` }
    : {};
  const asked = { endpoint, repository, url: address(revision), headers };
  const response = await head(asked, { ...reach, trusted: origin }, signal);
  // Who names a commit means it, whatever a mirror says it stands for.
  const named = /^[0-9a-f]{40}$/.test(revision) ? revision : response.headers.get('x-repo-commit');
  const [commit] = /^[0-9a-f]{7,64}$/.exec(named ?? '') ?? [];
  const mark = (response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? '').replace(/^W\/|"/g, '');
  return {
    url: address(commit ?? revision),
    headers,
    origin,
    commit,
    sha256: /^[0-9a-f]{64}$/.test(mark) ? mark : undefined,
    bytes: bytesOf(response),
    beside: (name) => address(commit ?? revision, name),
  };
}

/** The length of a redirect's own body says nothing of the file it leads to. */
function bytesOf({ ok, headers }: Response): number | undefined {
  const text = headers.get('x-linked-size') ?? (ok ? headers.get('content-length') : null);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** @throws GW_ENVIRONMENT_INVALID without telling a password that stands in it */
function endpointOf({ HF_ENDPOINT: given }: HubEnvironment): string {
  const endpoint = (given || publicHub).replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return endpoint;
  throw new GraftworkError(
    'GW_ENVIRONMENT_INVALID',
    'HF_ENDPOINT must be an https:// address without user name and password.',
    {
      remedy: 'Give only the address. HF_TOKEN authenticates to the hub or its mirror.',
    },
  );
}

/** Whether the target of a redirect is a path of the same server. */
function isWithin(target: string, from: string): boolean {
  return target.startsWith('/') && URL.canParse(target, from) && new URL(target, from).origin === new URL(from).origin;
}

/** HEAD, following redirects within the hub (renamed repositories) but not the one to its storage. */
async function head(asked: Omit<RefusedFile, 'status'>, reach: Reach, signal?: AbortSignal): Promise<Response> {
  const { url, headers } = asked;
  const timeout = AbortSignal.timeout(30_000);
  const limit = signal ? AbortSignal.any([signal, timeout]) : timeout;
  for (let hops = 0, at = url; hops < maximumRedirects; hops++) {
    let response: Response;
    try {
      const request = {
        method: 'HEAD',
        headers: { ...headers, 'accept-encoding': 'identity' },
        signal: limit,
      };
      response = await ask(at, request, reach);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof GraftworkError) throw error;
      throw unavailable(url, error);
    }
    // A mirror that does not know HEAD: the download itself will show it.
    if (response.ok || response.status === 405 || response.status === 501) return response;
    const { status } = response;
    if (status < 300 || status >= 400) throw await refusedByHub({ ...asked, status }, reach, limit);
    const target = response.headers.get('location');
    // Another host gets no token: `//other.example/file` begins with a slash, too.
    if (target === null || !isWithin(target, at)) return response;
    at = new URL(target, at).href;
  }
  throw unavailable(url, new Error('too many redirects'));
}
