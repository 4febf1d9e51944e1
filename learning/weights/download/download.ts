/** A resumable download: what has arrived is kept, and the rest is asked for with a range. */
import { createWriteStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as delay } from 'node:timers/promises';
import { pauseAfter } from '../../../contracts/backoff.js';
import { asGraftworkError, GraftworkError } from '../../../contracts/errors.js';
import { redactedUrl } from '../../../contracts/redactedUrl.js';
import { mostAtOnce, tooLarge } from '../limits.js';
import { askFollowing, type Reach, type Response } from './outwardRequest.js';
import { claimPartialFile, finishPartialFile, markPartialFile, type PartialFile } from './partialFile.js';

export interface TransferProgress {
  /** Bytes. */
  done: number;
  /** Bytes; undefined while the server has not said. */
  total: number | undefined;
}

export interface DownloadOptions {
  /** Where the request, and redirects from it, may go. */
  reach: Reach;
  headers?: Readonly<Record<string, string>>;
  onProgress?: (progress: TransferProgress) => void;
  signal?: AbortSignal;
  /**
   * The caller checks the complete file's digest, so parts may be joined without the server vouching for them.
   * @default false
   */
  digestKnown?: boolean;
  /** Bytes at most. @default `mostAtOnce` */
  most?: number;
  /** Attempts in a row that bring no new byte before giving up. @default 5 */
  attempts?: number;
  /** Milliseconds before the second attempt; doubled for each further one. @default 500 */
  retryDelay?: number;
  /** Milliseconds without a byte after which a connection counts as lost. @default 30000 */
  idleTimeout?: number;
}

/**
 * Download `url` into the file `target`, over as many connections as it takes.
 * @throws GW_WEIGHTS_REFUSED for an address that may not be asked, or a file beyond `options.most`
 * @throws GW_WEIGHTS_NOT_FOUND for 404, 410, 401 and 403
 * @throws GW_WEIGHTS_UNAVAILABLE (retryable) when the network or the server fails for good; GW_DISK_FULL
 */
export async function download(url: string, target: string, options: DownloadOptions): Promise<void> {
  const { attempts = 5, retryDelay = 500, signal } = options;
  let part = await claimPartialFile(target);
  for (let failures = 0; ;) {
    try {
      await receive(url, part, options);
      await finishPartialFile(part, target);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const { code, retryable } = asGraftworkError(error);
      if (code === 'GW_DISK_FULL' || !retryable) throw asGraftworkError(error);
      const before = part.bytes;
      part = await claimPartialFile(target);
      failures = part.bytes > before ? 1 : failures + 1;
      if (failures >= attempts) throw unavailable(url, error);
      await delay(pauseAfter(failures, { first: retryDelay }), undefined, { ...(signal ? { signal } : {}) });
    }
  }
}

/** One connection: from the first missing byte to the end. */
async function receive(url: string, part: PartialFile, options: DownloadOptions): Promise<void> {
  // Without a version mark it is unknown whether the rest belongs to what is there.
  const resume = part.bytes > 0 && (part.etag !== undefined || options.digestKnown === true);
  const most = options.most ?? mostAtOnce;
  const idle = new IdleTimer(options.idleTimeout ?? 30_000);
  const signal = options.signal ? AbortSignal.any([options.signal, idle.signal]) : idle.signal;
  try {
    const headers = {
      ...options.headers,
      // A compressed transfer would make byte ranges mean something else.
      'accept-encoding': 'identity',
      ...(resume ? { range: `bytes=${part.bytes}-` } : {}),
      ...(resume && part.etag !== undefined ? { 'if-range': part.etag } : {}),
    };
    const response = await askFollowing(url, { headers, signal }, options.reach);
    if (response.status === 416) {
      // Nothing is missing, or the file became shorter: what is there cannot be trusted either way.
      await truncate(part.path, 0);
      await markPartialFile(part, null);
      throw unavailable(url, new Error('the server refuses the range'));
    }
    if (!response.ok || !response.body) throw refusedBy(url, response.status);
    const begin = response.status === 206 ? rangeStart(response) : 0;
    if (begin !== 0 && begin !== part.bytes) throw unavailable(url, new Error('the server sent another range'));
    if (begin === 0) await markPartialFile(part, strongEtag(response));
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : begin + Number(length);
    if ((total ?? 0) > most) throw tooLarge(redactedUrl(url), most);
    let done = begin;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        idle.restart();
        done += chunk.length;
        options.onProgress?.({ done, total });
        if (done > most) callback(tooLarge(redactedUrl(url), most));
        else callback(null, chunk);
      },
    });
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(body, count, createWriteStream(part.path, { flags: begin === 0 ? 'w' : 'a' }), { signal });
    if (total !== undefined && done !== total) throw unavailable(url, new Error('the connection ended too early'));
  } finally {
    idle.stop();
  }
}

/** First byte of a partial answer; −1 when it does not say. */
function rangeStart(response: Response): number {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match ? Number(match[1]) : -1;
}

/** Only a strong version mark promises equal bytes. */
function strongEtag(response: Response): string | null {
  const etag = response.headers.get('etag');
  return etag?.startsWith('W/') ? null : etag;
}

/** The error for an answer that is no success. */
export function refusedBy(url: string, status: number): GraftworkError {
  const what = redactedUrl(url);
  if (status === 404 || status === 410) {
    return new GraftworkError('GW_WEIGHTS_NOT_FOUND', `There is no file at ${what} (${status}).`, {
      remedy: 'Check the name and the revision.',
    });
  }
  if (status === 401 || status === 403) {
    return new GraftworkError('GW_WEIGHTS_NOT_FOUND', `${what} does not exist or may not be read (${status}).`, {
      remedy: 'Check the name. For a private or gated Hugging Face repository, set HF_TOKEN.',
    });
  }
  return unavailable(url, new Error(`the server answers ${status}`));
}

export function unavailable(url: string, cause: unknown): GraftworkError {
  const { message, cause: inner } = cause instanceof Error ? cause : new Error(String(cause));
  // fetch says only "fetch failed"; the reason is one level deeper.
  const reason = inner instanceof Error ? inner.message : message;
  return new GraftworkError(
    'GW_WEIGHTS_UNAVAILABLE',
    `${redactedUrl(url)} cannot be fetched: ${redactedUrl(reason)}.`,
    {
      remedy:
        'Check the network (HF_ENDPOINT names a mirror of the hub), or give the weights as a file: `--set backbone.weights=<path>`.',
      retryable: true,
      cause,
    },
  );
}

/** Aborts when nothing has happened for a while. */
class IdleTimer {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal = this.controller.signal;

  constructor(milliseconds: number) {
    this.timer = setTimeout(() => this.controller.abort(new Error('the connection is idle')), milliseconds);
  }

  restart(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
