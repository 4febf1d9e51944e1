/** What a move of the production pointer takes away: for the person who made it. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { Production } from '../../contracts/models/production.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { classesOfOneAlone, someClasses } from '../../client/folders/classesOfOneAlone.js';

/**
 * The gate refuses a model that lost a class; a person may promote it, and sees which.
 *
 * @returns undefined where the last move lost no class, or one of the two cards is gone
 * @throws GraftworkError GW_S3_…
 */
export async function lostByLastMove(
  registry: ModelRegistry,
  { name, history }: Production,
): Promise<string | undefined> {
  const { from = null, to } = history.at(-1) ?? {};
  if (from === null || to === undefined) return undefined;
  const card = (version: number): Promise<ModelCard | undefined> =>
    registry.card(name, version).catch((thrown: unknown) => {
      if (thrown instanceof GraftworkError && ['GW_MODEL_NOT_FOUND', 'GW_CORRUPT'].includes(thrown.code))
        return undefined;
      throw thrown;
    });
  const [before, now] = [await card(from), await card(to)];
  const lost = before && now ? classesOfOneAlone(before.classes, now.classes).onlyFirst : [];
  if (lost.length === 0) return undefined;
  return `${name}@${to} does not know ${someClasses(lost)}, which ${name}@${from} knows; \`graftwork models rollback ${name}\` goes back`;
}
