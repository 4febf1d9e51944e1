import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { Production } from '../../contracts/models/production.js';

/**
 * The card, when it is that of the model that was put into production. Pointers of before digests were kept say nothing of it.
 *
 * @param promoted name, version and parameters as pointer or history have them
 * @throws GraftworkError GW_CORRUPT with the remedy, when the card is another model's or gone
 */
export function requirePromoted(
  { name, version, parameters }: Pick<Production, 'name' | 'version' | 'parameters'>,
  card: ModelCard | undefined,
): ModelCard {
  if (card !== undefined && (parameters ?? card.parameters.sha256) === card.parameters.sha256) return card;
  const named = `${name}@${version}`;
  const message =
    card === undefined
      ? `${named} is in production, but its card is gone.`
      : `The card of ${named} is not the one that was put into production: its parameters are ` +
        `${card.parameters.sha256.slice(0, 12)}… instead of ${parameters?.slice(0, 12)}….`;
  throw new GraftworkError('GW_CORRUPT', message, {
    remedy:
      `Put the card back from a backup of the bucket, or put another version into production: ` +
      `\`graftwork models list ${name}\` shows the versions, \`graftwork models promote ${name}@<version>\` promotes one.`,
  });
}
