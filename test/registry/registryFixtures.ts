/** What the registry of the interleavings holds at the beginning, and what its runs make. */
import type { StoredEvaluation } from '../../contracts/data/evaluation.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Production } from '../../contracts/models/production.js';
import type { TransferRecord } from '../../contracts/models/ranking.js';
import { contentKey, sha256 } from '../../storage/objects/contentKey.js';
import type { CardDraft } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import { cardDraft } from '../fixtures/cardForTests.js';
import type { Interleaving } from './interleaving.js';
import { digest, writeDataset } from '../fixtures/modelsForTests.js';

export const model = 'birds';
/** Two data set versions; the first holds the picture that is forgotten, among its test pictures. */
export const versions = { first: digest('a'), second: digest('b') };
export const forgettable = digest('2');

export interface Made {
  draft: CardDraft;
  /** The parameters. */
  bytes: Buffer;
  evaluation: StoredEvaluation;
}

const anyDraft = cardDraft(model, 'any');

/** What a run makes of its source as it is at that time. */
export function madeBy(run: string, source: number, version: string): Made {
  const bytes = Buffer.from(`parameters of ${run}, source ${source}, version ${version}`);
  const parameters = { sha256: sha256(bytes), bytes: bytes.length, count: 1 };
  const base = { ...anyDraft, run };
  const keys = { plan: digest('f'), evaluation: contentKey('evaluation/test', { run, source, version }) };
  const path = version === versions.first ? 'test/2.jpg' : 'test/3.jpg';
  const outcome = { path, label: 0, predicted: 0, probabilities: [1, 0] };
  return {
    draft: { ...base, parameters, dataset: { ...base.dataset, version }, keys },
    bytes,
    evaluation: { format: 1, evaluation: base.evaluation, parameters, outcomes: [outcome] },
  };
}

export async function writeDatasets(store: ObjectStore): Promise<void> {
  await writeDataset(store, 'a', [
    ['1', 'train'],
    ['2', 'test'],
  ]);
  await writeDataset(store, 'b', [
    ['1', 'train'],
    ['3', 'test'],
  ]);
}

/**
 * Up to three versions as a Graftwork from before claims and digests left them: cards, records of their runs, and a pointer
 * without digests. The newest card may have been deleted.
 */
export async function writeEarlierVersions(store: ObjectStore, order: Interleaving): Promise<ModelCard[]> {
  const cards: ModelCard[] = [];
  const count = order.below(4);
  for (let version = 1; version <= count; version++) {
    const { draft, bytes, evaluation } = madeBy(`earlier-${version}`, 0, versions.second);
    const card = { ...draft, version };
    await store.put(objectKeys.modelParameters(card.parameters.sha256), bytes);
    await store.putJson(objectKeys.evaluation(card.keys?.evaluation ?? ''), evaluation);
    await store.putJson(objectKeys.modelCard(model, version), card);
    await new TransferRecords(store).write(recordOf(card));
    cards.push(card);
  }
  if (count === 0) return cards;
  if (order.chance(0.5)) {
    const line = { at: '2025-01-01T00:00:00.000Z', by: 'ada', why: 'earlier', kind: 'promotion' as const };
    const production: Production = {
      ...{ format: 1, name: model, version: count },
      history: [{ ...line, from: null, to: count }],
    };
    await store.putJson(objectKeys.production(model), production);
  }
  if (order.chance(0.4)) await store.delete(objectKeys.modelCard(model, count));
  return cards;
}

/** What a run leaves behind for choices to come. */
export function recordOf({
  name,
  version,
  run,
  createdAt,
  dataset,
  classes,
  backbone,
  evaluation,
}: ModelCard): TransferRecord {
  return {
    ...{ format: 1, plan: contentKey('plan/test', run), run, at: createdAt, model: { name, version } },
    dataset: { version: dataset.version, uri: dataset.uri, classes: classes.length, counts: dataset.counts },
    source: { name: backbone.name, sha256: backbone.sha256 },
    ...{ fineTuned: false, embedding: null, scores: null },
    outcome: { top1: evaluation.top1, count: evaluation.count },
  };
}
