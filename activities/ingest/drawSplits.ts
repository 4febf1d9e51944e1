/** Draws the splits of a source, and remembers them with it. */
import { setImmediate as others, setTimeout as delay } from 'node:timers/promises';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { SplitLedger } from '../../contracts/data/splitLedger.js';
import { draw, type Pool } from '../../learning/dataset/splits/draw.js';
import type { Drawing, NamedDraw } from '../../learning/dataset/splits/splits.js';
import { isConflict } from '../../storage/objects/isConflict.js';
import { SplitLedgers } from '../../storage/datasets/splitLedgers.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { continues, entriesOf, groupsOf, isSameLedger, ledgerAfter } from './ledgerEntries.js';
import { drawnInVersions } from './drawnInVersions.js';

/** Attempts at a ledger that others write at the same time. */
const attempts = 6;

type Dependencies = Pick<ActivityDependencies, 'store' | 'log'>;

/**
 * Draws as the source's ledger says, and fills the shares with pictures it does not know. Where the ledger is damaged, the versions
 * of the source say it. A source of which neither says anything goes on with the ledger of the one it has grown from.
 *
 * @param uri of the source
 * @throws GraftworkError (the drawing) GW_CONFLICT, worth trying again, when others keep writing the ledger; GW_S3_…
 */
export function rememberedDrawing({ store, log }: Dependencies, uri: string): Drawing {
  return async (pool, settings) => {
    const ledgers = new SplitLedgers(store, settings);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await drawOnce({ store, log }, ledgers, uri, pool, settings);
      } catch (thrown) {
        if (!isConflict(thrown)) throw thrown;
        if (attempt === attempts) {
          throw new GraftworkError('GW_CONFLICT', `Other runs keep changing the splits of ${uri} at the same time.`, {
            retryable: true,
            cause: thrown,
          });
        }
        await delay(randomPauseAfter(attempt, { first: 100 }));
      }
    }
  };
}

async function drawOnce(
  { store, log }: Dependencies,
  ledgers: SplitLedgers,
  uri: string,
  pool: Pool,
  settings: NamedDraw,
): Promise<Uint8Array> {
  const { ledger, damaged, condition } = await ledgers.find(uri);
  if (damaged)
    log.warn(
      { object: ledgers.key(uri) },
      'the record of earlier splits is damaged: it is rebuilt from the dataset versions',
    );
  const ofVersions = damaged ? await drawnInVersions(store, uri, settings) : undefined;
  const before = ledger ?? ofVersions ?? (await grownFrom(ledgers, pool));
  // For a million pictures each of these takes seconds: others of this process have their turn between them.
  await others();
  const known = before === undefined ? { pictures: [] } : { pictures: entriesOf(before), groups: groupsOf(before) };
  const isIn = draw(pool, settings, known);
  await others();
  const after = ledgerAfter(uri, pool, isIn, before);
  if (ledger === undefined || !isSameLedger(ledger, after)) await ledgers.write(after, condition);
  return isIn;
}

function grownFrom(ledgers: SplitLedgers, pool: Pool): Promise<SplitLedger | undefined> {
  return ledgers.best((ledger) => continues(pool, ledger));
}
