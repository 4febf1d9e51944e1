/** Which numbers a model's versions have had: none of them is given again. */
import { objectKeys } from '../../contracts/objectKeys.js';
import { retrainingRecordSchema } from '../../contracts/models/retraining.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { ProductionPointers } from './productionPointer.js';
import { TransferRecords } from './transferRecords.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

export interface UsedNumbers {
  /** Of the cards there are, rising. */
  cards: number[];
  /** Numbers that were claimed for ever. */
  claimed: Set<number>;
  /** The highest that anything speaks of; 0 where nothing does. */
  highest: number;
}

const numberPattern = /^(?:numbers\/)?([1-9][0-9]*)(?:\/|\.json$)/;

/** Read from cards, decisions and claims, from the history of production, and from the records of runs. */
export async function usedNumbers(store: ObjectStore, name: string): Promise<UsedNumbers> {
  const folder = objectKeys.modelVersions(name);
  const cards: number[] = [];
  const claimed = new Set<number>();
  const spoken: number[] = [0];
  for await (const { key } of store.list(folder)) {
    const number = Number(numberPattern.exec(key.slice(folder.length))?.[1]);
    if (Number.isNaN(number)) continue;
    spoken.push(number);
    if (key === objectKeys.modelCard(name, number)) cards.push(number);
    if (key === objectKeys.modelNumber(name, number)) claimed.add(number);
  }
  // A damaged pointer must not stand in the way of a new version.
  const production = await new ProductionPointers(store).read(name).catch(undefinedIfCorrupt);
  for (const { from, to } of production?.history ?? []) spoken.push(from ?? 0, to);
  // Also where there are claims: those of older runs, which keep their numbers, say nothing of the numbers behind them.
  spoken.push(...(await recordedNumbers(store, name)));
  const highest = spoken.reduce((most, number) => Math.max(most, number), 0);
  return { cards: cards.toSorted((a, b) => a - b), claimed, highest };
}

/** What runs of before there were claims left behind: their newest card may have been deleted since. */
async function recordedNumbers(store: ObjectStore, name: string): Promise<number[]> {
  const retraining = await store
    .getJsonIfPresent(objectKeys.retraining(name), retrainingRecordSchema)
    .catch(undefinedIfCorrupt);
  const records = await new TransferRecords(store).list(() => undefined);
  return [retraining?.model, ...records.map(({ model }) => model)].flatMap((model) =>
    model?.name === name ? [model.version] : [],
  );
}
