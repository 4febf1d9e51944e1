/** A model's registry with all who use it: what each of them does, and what must hold at every moment whatever the others do. */
import assert from 'node:assert/strict';
import { settlePromotion } from '../../activities/production/settlePromotion.js';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { PromotionOutcome } from '../../contracts/spec/promotion.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { forgetPictures } from '../../storage/forgetting/forgetPictures.js';
import { collectGarbage } from '../../storage/garbage/garbageCollector.js';
import type { RunsInProgress } from '../../storage/garbage/garbageRoots.js';
import { ModelRegistry, type CardDraft } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { forgetOptions } from '../data/forgettingForTests.js';
import type { Interleaving } from './interleaving.js';
import { forgettable, madeBy, model, versions } from './registryFixtures.js';
import type { RegistryLedger } from './registryLedger.js';

/** Attempts at an activity, and at a command, before it is given up. */
const attempts = 5;

export class RegistryWorld {
  /** As Temporal knows them: when each began, and the digests in its history. */
  private readonly open = new Map<string, { since: number; digests: Set<string> }>();

  /** Runs from before there were claims that nobody has reset yet. */
  private readonly earlier: string[];

  /**
   * @param order decides what each of them does, and when
   * @param earlier runs that registered before there were claims
   */
  constructor(
    private readonly order: Interleaving,
    private readonly ledger: RegistryLedger,
    earlier: readonly string[],
  ) {
    this.earlier = [...earlier];
  }

  /**
   * A run from its evaluation on, which is reset now and then, its source changed or not. A worker that seems dead may have
   * its activity tried by another while it still goes on.
   */
  async run(store: ObjectStore, run: string): Promise<void> {
    let source = 0;
    for (let execution = 0; execution < 3; execution++) {
      await this.execute(store, run, source);
      if (this.order.chance(0.5)) return;
      await this.order.pause(run);
      if (this.order.chance(0.5)) source += 1;
    }
  }

  /** A run that an older Graftwork registered is reset, and comes to the very same model. */
  async reset(store: ObjectStore): Promise<void> {
    const [run] = this.earlier.splice(this.order.below(this.earlier.length), 1);
    if (run !== undefined) await this.execute(store, run, 0, versions.second);
  }

  private async execute(store: ObjectStore, run: string, source: number, known?: string): Promise<void> {
    const digests = new Set<string>();
    this.open.set(run, { since: Date.now(), digests });
    try {
      const version = known ?? (await this.trainable(store));
      const draft = await this.retried(() => this.evaluate(store, run, source, version));
      digests.add(draft.parameters.sha256).add(draft.keys?.evaluation ?? '');
      const registry = new ModelRegistry(store);
      const register = () => this.retried(() => registry.register(draft));
      const answers = await Promise.all(this.order.chance(0.4) ? [register(), register()] : [register()]);
      for (const card of answers) this.ledger.registered(draft, card);
      const [card] = answers;
      if (card !== undefined && this.order.chance(0.6)) await this.gate(store, card);
    } finally {
      this.open.delete(run);
    }
  }

  /** As planning does: a version from which a picture was forgotten is not trained on. */
  private async trainable(store: ObjectStore): Promise<string> {
    const datasets = new Datasets(store);
    return this.retried(async () => {
      try {
        await datasets.trainable(versions.first);
        return versions.first;
      } catch (thrown) {
        if (asGraftworkError(thrown).code !== 'GW_DATASET_RETIRED') throw thrown;
        return versions.second;
      }
    });
  }

  private async evaluate(store: ObjectStore, run: string, source: number, version: string): Promise<CardDraft> {
    const made = madeBy(run, source, version);
    await store.put(objectKeys.modelParameters(made.draft.parameters.sha256), made.bytes);
    await store.putJson(objectKeys.evaluation(made.draft.keys?.evaluation ?? ''), made.evaluation);
    return made.draft;
  }

  /** The gate finds every model better than what serves. */
  private async gate(store: ObjectStore, card: ModelCard): Promise<void> {
    const challenger = { name: card.name, version: card.version };
    for (let round = 0; round < 3; round++) {
      const serving = await this.tolerated(() => new ModelRegistry(store).serving(model));
      if (serving === 'refused') return;
      const champion = serving?.card;
      if (champion?.version === card.version) return;
      const reason = this.ledger.decide(card, champion?.version ?? null);
      const outcome: PromotionOutcome = {
        ...{ status: 'promoted', by: 'gate', reason },
        gate: {
          ...{ format: 1, challenger, comparison: null, limits: [], verdict: 'better', passes: true, reason },
          champion: champion ? { name: model, version: champion.version } : null,
        },
      };
      const settled = await this.tolerated(() => settlePromotion({ store }, { outcome }));
      if (settled === 'refused') return;
      this.ledger.settled(reason, settled.status === 'promoted');
      if (settled.status !== 'overtaken') return;
    }
  }

  /** A person deletes the newest card, perhaps because it is damaged: as the remedy says. */
  async deleteNewest(store: ObjectStore): Promise<void> {
    const version = (await this.retried(() => new ModelRegistry(store).versions(model))).at(-1);
    if (version === undefined) return;
    const key = objectKeys.modelCard(model, version);
    if (this.order.chance(0.5)) await this.retried(() => store.put(key, 'damaged'));
    await this.retried(() => store.delete(key));
  }

  async promote(store: ObjectStore): Promise<void> {
    const registry = new ModelRegistry(store);
    await this.tolerated(async () => {
      const there = await registry.versions(model);
      const version = there[this.order.below(there.length)];
      if (version === undefined) return;
      const card = await registry.card(model, version);
      const why = this.ledger.decide(card);
      await registry.production.promote(card, { by: 'ada', why });
      this.ledger.settled(why, true);
    });
  }

  async rollback(store: ObjectStore): Promise<void> {
    await this.tolerated(async () => {
      const why = this.ledger.decideRollback();
      await new ModelRegistry(store).production.rollback(model, { by: 'ada', why });
      this.ledger.settled(why, true);
    });
  }

  async collect(store: ObjectStore): Promise<void> {
    const runsInProgress = (): Promise<RunsInProgress> => Promise.resolve(this.inProgress());
    for (let sweep = 0; sweep < 2; sweep++) {
      await this.tolerated(() => collectGarbage(store, { runsInProgress, keepFor: 0, dryRun: false }));
    }
  }

  async forget(store: ObjectStore): Promise<void> {
    const sought = { digests: new Set([forgettable]), addresses: new Set<string>() };
    const refuseIfInUse = async (): Promise<ReadonlySet<string>> => {
      if (this.open.size > 0) throw new GraftworkError('GW_PICTURE_IN_USE', 'A run needs it.');
      return new Set();
    };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const options = forgetOptions({ refuseIfInUse });
      const done = await this.tolerated(() => forgetPictures(store, sought, options));
      if (done !== 'refused') return;
    }
  }

  private inProgress(): RunsInProgress {
    const runs = [...this.open.values()];
    return {
      digests: new Set(runs.flatMap(({ digests }) => [...digests])),
      predictions: new Set(),
      since: runs.length === 0 ? undefined : Math.min(...runs.map(({ since }) => since)),
    };
  }

  /** Temporal tries again what failed because the store was away. */
  private async retried<T>(activity: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await activity();
      } catch (thrown) {
        if (attempt === attempts || asGraftworkError(thrown).code !== 'GW_S3_UNREACHABLE') throw thrown;
      }
    }
  }

  /** The same, where some refusals are right: they change nothing. */
  private async tolerated<T>(command: () => Promise<T>): Promise<T | 'refused'> {
    const right = ['GW_CONFLICT', 'GW_CORRUPT', 'GW_MODEL_NOT_FOUND', 'GW_OBJECT_MISSING', 'GW_PICTURE_IN_USE'];
    try {
      return await this.retried(command);
    } catch (thrown) {
      assert(right.includes(asGraftworkError(thrown).code), thrown as Error);
      return 'refused';
    }
  }
}
