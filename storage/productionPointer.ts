/** The production pointer of each model: one small object, moved by conditional writes, so that of two who move it one wins. */
import { GraftworkError } from '../contracts/errors.js';
import type { ModelReference } from '../contracts/modelCard.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { productionSchema, type Production, type ProductionMove } from '../contracts/production.js';
import { irreplaceable } from './irreplaceable.js';
import type { ObjectStore } from './objectStore.js';
import { openSealedJson } from './storedJson.js';

export type Move = Pick<ProductionMove, 'by' | 'why'>;

/** What whoever decides about a move knew. */
export interface Known {
  /** The version that must be in production (null: none). @default whichever is there when this is called */
  expected?: number | null | undefined;
  /**
   * When it was decided, in milliseconds since the epoch: moves made later were not known then. Of no account where the
   * version is said, which clocks cannot get wrong. @default now
   */
  decidedAt?: number | undefined;
}

/** A pointer as it was read: what is written next is conditional on it. */
interface Seen {
  production: Production | undefined;
  etag: string | undefined;
}

export class ProductionPointers {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** undefined: no version was ever put into production. @throws GraftworkError GW_CORRUPT */
  async read(name: string): Promise<Production | undefined> {
    return (await this.#see(name)).production;
  }

  /**
   * Puts a version into production. A version that is there already stays, and no line is added.
   *
   * @throws GraftworkError GW_CONFLICT telling who was faster; nothing has changed then
   */
  async promote(
    { name, version }: ModelReference,
    move: Move,
    { expected, decidedAt = Date.now() }: Known = {},
  ): Promise<Production> {
    const seen = await this.#see(name);
    if (seen.production?.version === version) return seen.production;
    refuseUnlessKnown(name, seen, { expected, decidedAt });
    return this.#write(name, seen, { to: version, kind: 'promotion', ...move });
  }

  /**
   * Puts back the version that was in production before the present one; a second rollback goes one further back.
   *
   * @throws GraftworkError GW_MODEL_NOT_FOUND when there is nothing to go back to, GW_CONFLICT as `promote`
   */
  async rollback(name: string, move: Move, { expected, decidedAt = Date.now() }: Known = {}): Promise<Production> {
    const seen = await this.#see(name);
    refuseUnlessKnown(name, seen, { expected, decidedAt });
    const before = seen.production === undefined ? undefined : earlierVersion(seen.production);
    if (before === undefined) {
      const has = seen.production === undefined ? 'nothing in production' : 'had no other version in production';
      throw new GraftworkError('GW_MODEL_NOT_FOUND', `“${name}” has ${has}: there is nothing to go back to.`, {
        remedy: `Put a version into production: \`graftwork models promote ${name}@<version>\`.`,
      });
    }
    return this.#write(name, seen, { to: before, kind: 'rollback', ...move });
  }

  async #see(name: string): Promise<Seen> {
    const key = objectKeys.production(name);
    for (;;) {
      const facts = await this.#store.head(key);
      if (facts === undefined) return { production: undefined, etag: undefined };
      // Bytes and etag have to be of the same moment; where it was moved between the two, both are read again.
      const bytes = await this.#store.get(key, { ifMatch: facts.etag }).catch(undefinedIfConflict);
      if (bytes === undefined) continue;
      return { production: this.#open(name, bytes), etag: facts.etag };
    }
  }

  #open(name: string, bytes: Buffer): Production {
    const key = objectKeys.production(name);
    try {
      return openSealedJson(key, bytes, productionSchema, this.#store.uri(key));
    } catch (thrown) {
      return irreplaceable('Deleting it takes the model out of production and loses the history.')(thrown);
    }
  }

  async #write(
    name: string,
    { production, etag }: Seen,
    move: Omit<ProductionMove, 'at' | 'from'>,
  ): Promise<Production> {
    const line: ProductionMove = { at: new Date().toISOString(), from: production?.version ?? null, ...move };
    const next: Production = { format: 1, name, version: move.to, history: [...(production?.history ?? []), line] };
    try {
      await this.#store.putJson(
        objectKeys.production(name),
        next,
        etag === undefined ? { ifAbsent: true } : { ifMatch: etag },
      );
      return next;
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
      throw overtaken(name, await this.read(name), thrown);
    }
  }
}

/** The version to go back to: moves taken back are left out, so that a rollback of a rollback does not go forth again. */
export function earlierVersion({ history }: Pick<Production, 'history'>): number | undefined {
  const path: number[] = [];
  for (const { to, kind } of history) {
    if (kind === 'rollback') path.pop();
    else path.push(to);
  }
  return path.at(-2);
}

/** @throws GraftworkError GW_CONFLICT when it is not as whoever decides knew it */
function refuseUnlessKnown(
  name: string,
  { production }: Seen,
  { expected, decidedAt }: Known & { decidedAt: number },
): void {
  const version = production?.version ?? null;
  const lastMove = Date.parse(production?.history.at(-1)?.at ?? '');
  if (expected === undefined ? lastMove > decidedAt : version !== expected) throw overtaken(name, production);
}

function undefinedIfConflict(thrown: unknown): undefined {
  if (thrown instanceof GraftworkError && thrown.code === 'GW_CONFLICT') return undefined;
  throw thrown;
}

function overtaken(name: string, now: Production | undefined, cause?: unknown): GraftworkError {
  const last = now?.history.at(-1);
  const told =
    last === undefined
      ? `Nothing of “${name}” is in production. Nothing was changed.`
      : `${name}@${last.to} was put into production meanwhile, by ${last.by} at ${last.at}. Nothing was changed.`;
  return new GraftworkError('GW_CONFLICT', told, {
    remedy:
      `See \`graftwork models history ${name}\`, and ask again if that is still right; ` +
      `with \`--expect ${now?.version ?? 'none'}\` where the clock of the machine that moved it is ahead.`,
    cause,
  });
}
