/**
 * Several things at once on an S3 server in memory, in an order that a seed decides: which of the requests under way is served
 * next, which sleeps for a while, whose answer is lost. The same seed gives the same order, request by request. Time is virtual:
 * it passes by the request.
 */
import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { uniform } from '../../learning/random.js';
import type { Fate, MemoryRequest } from '../s3/memoryS3.js';

const shares = { sleeping: 0.1, lostAnswer: 0.04, lost: 0.01 };
/** Requests of others that are served while one sleeps, or while an actor has nothing to do. */
const longest = { sleep: 60, pause: 250 };
/** What the clock goes forward by for each request; a wait that nothing else can end takes as much at a time. Milliseconds. */
const perRequest = 1_000;
/** Steps without any request after which those that are left wait for nothing that comes. */
const mostIdle = 1_000;

const nothing: MemoryRequest = { operation: '', key: '' };

interface Waiting {
  actor: string;
  request: MemoryRequest;
  /** Not served before so many others were. */
  ripe: number;
  serve: (fate: Fate) => void;
}

export interface InterleavingOptions {
  /** Requests after which the next of the same actor comes next. @default none */
  holds?: (request: MemoryRequest) => boolean;
  /** Called for each request that was carried out. */
  onServed?: (request: MemoryRequest) => void;
}

export class Interleaving {
  private readonly seed: number;
  private readonly options: InterleavingOptions;
  private waiting: Waiting[] = [];
  private drawn = 0;
  private served = 0;
  private held: string | undefined;

  constructor(seed: number, options: InterleavingOptions = {}) {
    this.seed = seed;
    this.options = options;
  }

  /** In (0, 1): the seed's next number. */
  random(): number {
    return uniform(this.seed, this.drawn++);
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  /** For the store through which an actor sees the server. */
  fateOf(actor: string): (request: MemoryRequest) => Promise<Fate> {
    return (request) => {
      const ripe = this.served + (this.chance(shares.sleeping) ? 1 + this.below(longest.sleep) : 0);
      return new Promise((serve) => this.waiting.push({ actor, request, ripe, serve }));
    };
  }

  /** Comes back when others have gone on for a while. */
  async pause(actor: string): Promise<void> {
    const ripe = this.served + this.below(longest.pause);
    await new Promise((serve) => this.waiting.push({ actor, request: nothing, ripe, serve }));
  }

  /** Runs these beside each other, each beginning at a moment of its own, until all have ended. @throws what the first that fails throws */
  async run(actors: Record<string, () => Promise<void>>): Promise<void> {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-01-01T00:00:00Z') });
    mock.method(Math, 'random', () => this.random());
    syncBuiltinESMExports();
    try {
      await this.serveAll(actors);
    } finally {
      mock.timers.reset();
      mock.restoreAll();
      syncBuiltinESMExports();
    }
  }

  private async serveAll(actors: Record<string, () => Promise<void>>): Promise<void> {
    const left = new Set(Object.keys(actors));
    let failed: { error: unknown } | undefined;
    for (const [actor, act] of Object.entries(actors)) {
      const begun = this.pause(actor).then(act);
      void begun.catch((error: unknown) => (failed ??= { error })).finally(() => left.delete(actor));
    }
    for (let idle = 0; left.size > 0 && failed === undefined;) {
      // What follows from an answer without another request has happened after one turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.next();
      mock.timers.tick(perRequest);
      idle = next === undefined ? idle + 1 : 0;
      if (idle > mostIdle) throw new Error(`${[...left].join(', ')}: waiting for nothing`);
      next?.serve(this.fate(next));
      if (next !== undefined) await this.carriedOut(next.request);
    }
    if (failed !== undefined) throw failed.error;
  }

  private next(): Waiting | undefined {
    const held = this.waiting.filter(({ actor }) => actor === this.held);
    const ripe = this.waiting.filter(({ ripe }) => ripe <= this.served);
    const earliest = this.waiting.toSorted((a, b) => a.ripe - b.ripe).slice(0, 1);
    const candidates = [held, ripe, earliest].find(({ length }) => length > 0) ?? [];
    const next = candidates[this.below(candidates.length)];
    if (next === undefined) return undefined;
    this.waiting = this.waiting.filter((waiting) => waiting !== next);
    this.served += 1;
    this.held = this.options.holds?.(next.request) === true ? next.actor : undefined;
    return next;
  }

  private fate({ actor }: Waiting): Fate {
    if (actor === this.held) return 'served';
    const drawn = this.random();
    if (drawn < shares.lost) return 'lost';
    return drawn < shares.lost + shares.lostAnswer ? 'lost-answer' : 'served';
  }

  /** The server answers in a microtask; then everybody can see what has changed. */
  private async carriedOut(request: MemoryRequest): Promise<void> {
    await Promise.resolve();
    this.options.onServed?.(request);
  }
}
