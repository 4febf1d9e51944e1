/** What an attempt that lost its lease still gets written. */
import type { IncomingMessage } from 'node:http';
import type { FaultProxy } from './faultProxy.js';

/**
 * What a stage in training is read from: its manifest and its result. Data objects lie under their own digest and count only
 * when one of these names them.
 */
const isRead = /^\/[^/]+\/checkpoints\/[0-9a-f]{64}\/(?:manifest|result)\.json$/;

/** Watches writes of trainers through a proxy, from `begin` on. */
export class LateWrites {
  /** Writes that the store accepted, as `PUT /bucket/key`. */
  readonly accepted: string[] = [];
  /** Writes that it refused because somebody else had written: how an attempt notices. */
  refused = 0;

  constructor(private readonly proxy: FaultProxy) {}

  begin(): void {
    this.proxy.answered = (request, status) => this.answered(request, status);
  }

  private answered({ method, url }: IncomingMessage, status: number): void {
    const path = decodeURIComponent((url ?? '').split('?')[0] ?? '');
    if (method === 'GET' || method === 'HEAD' || !isRead.test(path)) return;
    if (status < 300) this.accepted.push(`${method} ${path}`);
    else if (status === 412 || status === 404) this.refused += 1;
  }
}
