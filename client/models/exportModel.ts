/** Writes a registered model to a folder for another runtime. Computes here: no worker and no TensorFlow. */
import type { ExportFormat, ModelExport } from '../../contracts/models/export.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { modelLeaks } from '../report/leaks/modelLeaks.js';
import { leakNotes } from '../report/verdict.js';
import { version } from '../connection/version.js';

export interface ExportOptions {
  format: ExportFormat;
  /** Folder to write. Missing parents are created. The folder appears whole or not at all. */
  out: string;
  /** Whether to replace an earlier export there. Anything else there is moved aside. @default false */
  force?: boolean;
  /** Called with what is being done, in words. */
  onStep?: (step: string) => void;
}

/** @throws GraftworkError GW_EXPORT_UNSUPPORTED, GW_EXPORT_REFUSED, GW_CORRUPT, GW_DISK_FULL or a GW_S3_… code */
export async function exportModel(
  store: ObjectStore,
  card: ModelCard,
  { format, out, force = false, onStep }: ExportOptions,
): Promise<ModelExport> {
  // Only this command needs the networks' definitions: the others start without them.
  const { requireFreePlace, writeExport } = await import('../../learning/export/index.js');
  // A mistake is reported before the parameters are fetched.
  await requireFreePlace(out, force);
  onStep?.(`reading the parameters of ${card.name}@${card.version}`);
  const parameters = await readOwn(store, card, card.parameters.sha256);
  const { unlike } = card.calibration ?? {};
  const means = unlike && { means: await readOwn(store, card, unlike.means) };
  onStep?.('looking for test pictures that training has seen');
  const testNotes = leakNotes(await modelLeaks(store, card));
  const step = onStep === undefined ? {} : { onStep };
  return writeExport({ card, testNotes, parameters, ...means, format, out, force, version, ...step });
}

/** A registered model's parameters, or what lies beside them. */
async function readOwn(store: ObjectStore, { name, version }: ModelCard, digest: string): Promise<Buffer> {
  const bytes = await store.getIfPresent(objectKeys.modelParameters(digest));
  if (bytes !== undefined && sha256(bytes) === digest) return bytes;
  const fault = bytes === undefined ? 'gone' : 'damaged';
  throw new GraftworkError('GW_CORRUPT', `The parameters of ${name}@${version} are ${fault}.`, {
    remedy: 'Train the model again with the spec in its card: the same inputs write the same bytes to the same key.',
  });
}
