/** Damages stored objects at random and reads them as the project does: whatever is not noticed, or ends in an error without a code, counts. */
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { makeTargets, type Target } from './corruptionTargets.js';
import { dependenciesFor } from '../fixtures/dependencies.js';
import { choose, mutations, seeded, type Random } from '../fixtures/mutations.js';

export interface FuzzReport {
  corruptions: number;
  /** Read as if nothing were wrong. */
  undetected: number;
  /** Ended in an error without a code. */
  untyped: number;
  /** Noticed, and the right value given nevertheless: read from elsewhere, or made again. */
  healed: number;
  /** Corruptions of each kind of object. */
  kinds: Record<string, number>;
  /** What was undetected or untyped, in words. */
  findings: string[];
}

/** @param folder for local caches; made when it does not exist */
export async function fuzzCorruptions(
  store: ObjectStore,
  folder: string,
  count: number,
  seed: number,
): Promise<FuzzReport> {
  const random = seeded(seed);
  const targets = await makeTargets(store, folder);
  const right = new Map<Target, { bytes: Buffer; value: unknown }>();
  for (const [index, target] of targets.entries()) {
    const bytes = await target.load();
    right.set(target, { bytes, value: await target.read(dependenciesFor(store, join(folder, `right-${index}`))) });
  }
  const report: FuzzReport = { corruptions: 0, undetected: 0, untyped: 0, healed: 0, kinds: {}, findings: [] };
  for (let number = 0; report.corruptions < count; number++) {
    // Each kind once, then by chance.
    const target = targets[number] ?? chooseByWeight(random, targets);
    const { bytes, value } = right.get(target) as { bytes: Buffer; value: unknown };
    const name = choose(random, Object.keys(mutations));
    const stranger = (right.get(choose(random, targets)) as { bytes: Buffer }).bytes;
    const damaged = mutations[name]?.(bytes, random, stranger) ?? bytes;
    if (damaged.equals(bytes)) continue;
    await target.save(damaged);
    // A machine that has seen nothing yet: only local copies are read from where they are.
    const dependencies = dependenciesFor(store, join(folder, `machine-${number}`));
    report.corruptions++;
    report.kinds[target.kind] = (report.kinds[target.kind] ?? 0) + 1;
    try {
      const found = await target.read(dependencies);
      const warned = dependencies.warnings.length > 0;
      const same = isDeepStrictEqual(found, value);
      const sound = same || target.substitutes?.some((substitute) => isDeepStrictEqual(found, substitute)) === true;
      if (warned && same) report.healed++;
      if (!warned || !sound) {
        report.undetected++;
        report.findings.push(`${target.kind}, ${name}: read ${same ? 'right, but nothing was said' : 'another value'}`);
      }
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code === 'GW_INTERNAL') {
        report.untyped++;
        report.findings.push(`${target.kind}, ${name}: ${String(thrown)}`);
      }
    }
    await target.save(bytes);
  }
  return report;
}

function chooseByWeight(random: Random, targets: readonly Target[]): Target {
  let left = random() * targets.reduce((sum, { weight }) => sum + weight, 0);
  return targets.find(({ weight }) => (left -= weight) < 0) ?? (targets[0] as Target);
}
