/** Registered models as folders that other runtimes read. Needs no TensorFlow: folding and reordering are arithmetic. */
import { resolve } from 'node:path';
import type { ExportFormat, ModelExport } from '../../contracts/models/export.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { getBackbone } from '../backbones/architecture.js';
import { namedArrays } from '../arrays/namedArrays.js';
import { ExportedNetwork } from './exportedNetwork.js';
import { requireFreePlace, writeFolder } from './exportFolder.js';
import { jsonFile, thresholdsOf } from './format.js';
import { meansTensor } from '../metrics/trust/likeness.js';
import { formats } from './formats.js';
import { modelCardText } from './modelCardText.js';
import { preprocessing } from './preprocessing.js';

export { requireFreePlace } from './exportFolder.js';

export interface ExportRequest {
  card: ModelCard;
  /** What there is to say against the test's being of pictures that training never saw, in sentences; mostly nothing. */
  testNotes: readonly string[];
  /** The registered safetensors file that the card names. */
  parameters: Uint8Array;
  /** The safetensors file with the means of the classes' features that the card names, where it names one. */
  means?: Uint8Array;
  format: ExportFormat;
  /** Folder to write; its parents are made. */
  out: string;
  /** Whether something may be in its place. */
  force: boolean;
  /** Of this program. */
  version: string;
  /** Called with what is being done, in words. */
  onStep?: (step: string) => void;
}

/**
 * Writes a model with its labels, preprocessing, card and digests. The folder appears whole, after the files were read back and
 * checked: their digests, and that the model in them is complete.
 *
 * @throws GraftworkError GW_EXPORT_UNSUPPORTED for a network the format cannot express, GW_EXPORT_REFUSED for a folder that is
 * not empty or cannot be written, GW_WEIGHTS_MISMATCH, GW_CORRUPT, GW_DISK_FULL
 */
export async function writeExport(request: ExportRequest): Promise<ModelExport> {
  const { card, testNotes, parameters, means, format, out, force, version, onStep = () => undefined } = request;
  await requireFreePlace(out, force);
  onStep(`making ${format} of ${card.backbone.name}`);
  const arrays = namedArrays(parameters, `the parameters of ${card.name}@${card.version}`);
  const learnt = means && namedArrays(means, `the class means of ${card.name}@${card.version}`).get(meansTensor)?.data;
  const network = new ExportedNetwork(getBackbone(card.backbone.name), arrays, card.input.crop, learnt);
  const described = formats[format];
  const { files, layout, fault } = described.files({ card, network, registered: parameters, version });
  const usage = described.usage(network.backbone, card.input, {
    classes: card.classes.length,
    isUnlikeKnown: learnt !== undefined,
    isMultiLabel: card.task === 'multi-label',
  });
  const all = [
    ...files,
    jsonFile('labels.json', card.classes),
    ...(card.task === undefined ? [] : [jsonFile('thresholds.json', thresholdsOf(card))]),
    jsonFile('preprocessing.json', preprocessing(card.input, layout)),
    { name: 'README.md', pieces: [Buffer.from(modelCardText(card, described, usage, testNotes))] },
  ];
  const folder = resolve(out);
  onStep(`writing ${folder}`);
  const written = await writeFolder(folder, all, {
    force,
    verify: async (read) => {
      onStep('checking what was written');
      const found = await fault(read);
      if (found !== undefined)
        throw new GraftworkError('GW_CORRUPT', `The exported ${format} is incomplete: ${found}.`);
    },
  });
  return { format: 1, model: { name: card.name, version: card.version }, as: format, folder, ...written };
}
