/** The production pointer of each model: one small object, moved by conditional writes, so that one wins when two move it at once. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { productionSchema, type Production, type ProductionMove } from '../../contracts/models/production.js';
import { canonicalJson } from '../objects/contentKey.js';
import { irreplaceable } from '../objects/irreplaceable.js';
import { isConflict } from '../objects/isConflict.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { seeObject } from '../objects/seeObject.js';
import { openSealedJson } from '../objects/storedJson.js';

export type Move = Pick<ProductionMove, 'by' | 'why'>;

/** What is put into production: a card, or as much of it. */
export type Promoted = ModelReference & { parameters: Pick<ModelCard['parameters'], 'sha256'> };

/** What the decider knew when deciding about a move. */
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
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /** undefined: no version was ever put into production. @throws GraftworkError GW_CORRUPT */
  async read(name: string): Promise<Production | undefined> {
    return (await this.see(name)).production;
  }

  /**
   * Puts a model into production. One that is there already stays, and no line is added.
   *
   * @throws GraftworkError GW_CONFLICT telling who was faster; nothing has changed then
   */
  async promote(
    { name, version, parameters: { sha256: parameters } }: Promoted,
    move: Move,
    { expected, decidedAt = Date.now() }: Known = {},
  ): Promise<Production> {
    const seen = await this.see(name);
    const now = seen.production;
    if (now?.version === version && (now.parameters ?? parameters) === parameters) return now;
    refuseUnlessKnown(name, seen, { expected, decidedAt });
    return this.write(name, seen, { to: version, parameters, kind: 'promotion', ...move });
  }

  /**
   * Puts back the version that was in production before the present one; a second rollback goes one further back.
   *
   * @throws GraftworkError GW_MODEL_NOT_FOUND when there is nothing to go back to, GW_CONFLICT as `promote`
   */
  async rollback(name: string, move: Move, { expected, decidedAt = Date.now() }: Known = {}): Promise<Production> {
    const seen = await this.see(name);
    refuseUnlessKnown(name, seen, { expected, decidedAt });
    const before = seen.production === undefined ? undefined : earlierPromotion(seen.production);
    if (before === undefined) {
      const has = seen.production === undefined ? 'nothing in production' : 'no earlier version in production';
      throw new GraftworkError('GW_MODEL_NOT_FOUND', `“${name}” has ${has}: there is nothing to go back to.`, {
        remedy: `Put a version into production: \`graftwork models promote ${name}@<version>\`.`,
      });
    }
    const { to, parameters } = before;
    return this.write(name, seen, {
      to,
      ...(parameters === undefined ? {} : { parameters }),
      kind: 'rollback',
      ...move,
    });
  }

  private async see(name: string): Promise<Seen> {
    const seen = await seeObject(this.store, objectKeys.production(name));
    return seen === undefined
      ? { production: undefined, etag: undefined }
      : { production: this.open(name, seen.bytes), etag: seen.etag };
  }

  private open(name: string, bytes: Buffer): Production {
    const key = objectKeys.production(name);
    try {
      return openSealedJson(key, bytes, productionSchema, this.store.uri(key));
    } catch (thrown) {
      return irreplaceable('If you delete it, the model is no longer in production and its history is lost.')(thrown);
    }
  }

  private async write(
    name: string,
    { production, etag }: Seen,
    move: Omit<ProductionMove, 'at' | 'from'>,
  ): Promise<Production> {
    const line: ProductionMove = { at: new Date().toISOString(), from: production?.version ?? null, ...move };
    const { to: version, parameters } = move;
    const next: Production = {
      ...{ format: 1, name, version },
      ...(parameters === undefined ? {} : { parameters }),
      history: [...(production?.history ?? []), line],
    };
    try {
      await this.store.putJson(
        objectKeys.production(name),
        next,
        etag === undefined ? { ifAbsent: true } : { ifMatch: etag },
      );
      return next;
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      const now = await this.read(name);
      // Its answer was lost, and another move was made upon it: it has its line.
      if (now?.history.some((made) => canonicalJson(made) === canonicalJson(line)) === true) return now;
      throw overtaken(name, now, thrown);
    }
  }
}

/** The move to go back to: those taken back are left out, so that a rollback of a rollback does not go forth again. */
export function earlierPromotion({ history }: Pick<Production, 'history'>): ProductionMove | undefined {
  const path: ProductionMove[] = [];
  for (const move of history) {
    if (move.kind === 'rollback') path.pop();
    else path.push(move);
  }
  return path.at(-2);
}

/** @throws GraftworkError GW_CONFLICT when it is not as the decider knew it */
function refuseUnlessKnown(
  name: string,
  { production }: Seen,
  { expected, decidedAt }: Known & { decidedAt: number },
): void {
  const version = production?.version ?? null;
  const lastMove = Date.parse(production?.history.at(-1)?.at ?? '');
  if (expected === undefined ? lastMove > decidedAt : version !== expected) throw overtaken(name, production);
}

function overtaken(name: string, now: Production | undefined, cause?: unknown): GraftworkError {
  const last = now?.history.at(-1);
  const told =
    last === undefined
      ? `No version of “${name}” is in production. Nothing was changed.`
      : `${last.by} put ${name}@${last.to} into production in the meantime, at ${last.at}. Nothing was changed.`;
  return new GraftworkError('GW_CONFLICT', told, {
    remedy:
      `Check \`graftwork models history ${name}\`, and repeat the command if you still want the change. ` +
      `Add \`--expect ${now?.version ?? 'none'}\` if the clock of the machine that made the last change is ahead.`,
    cause,
  });
}
