/** Draws one contact sheet for the process that forked it, and ends. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { inputSettings } from '../../activities/plan/inputSettings.js';
import {
  contactSheetRequestSchema,
  type ContactSheet,
  type ContactSheetRequest,
} from '../../contracts/run/contactSheet.js';
import { parseEnvironment } from '../../contracts/environment.js';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { contactSheet } from '../../learning/augmentation/contactSheet.js';
import { viewParameters } from '../../learning/augmentation/index.js';
import { getBackbone, type InputSpec } from '../../learning/backbones/index.js';
import { findCheckpoint } from '../../learning/checkpoints/index.js';
import { inspectImage } from '../../learning/images/inspectImage.js';
import { preprocessImage } from '../../learning/images/preprocessImage.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { readWhole } from '../../storage/objects/localFile.js';
import { takenFormats } from '../../learning/images/formats/imageFormat.js';

async function draw({ spec, pictures, views, out, format }: ContactSheetRequest): Promise<ContactSheet> {
  const input = inputSettings(await inputOf(spec.backbone.name), spec.preprocess);
  const rows: (Parameters<typeof contactSheet>[0][number] & { name: string })[] = [];
  const unreadable: ContactSheet['unreadable'] = [];
  for (const { name, file } of pictures) {
    const bytes = await readWhole(file);
    const found = await inspectImage(bytes, spec.dataset.quarantine);
    if (!found.usable) {
      unreadable.push({ path: name, reason: found.detail });
      continue;
    }
    const digest = sha256(bytes);
    rows.push({
      name,
      square: await preprocessImage(bytes, input, name),
      // The very views that training draws for this picture.
      views: Array.from({ length: views }, (_, view) => viewParameters(spec.augmentation, spec.seed, digest, view)),
    });
  }
  if (rows.length === 0) {
    throw new GraftworkError('GW_IMAGE_UNREADABLE', `None of the ${pictures.length} pictures can be read.`, {
      remedy: `Give ${takenFormats} files.`,
    });
  }
  const { file, width, height } = await contactSheet(rows, input, format);
  await writeFile(out, file).catch((cause: Error) => {
    throw new GraftworkError('GW_USAGE', `${out} cannot be written (${cause.message}).`, {
      remedy: 'Give --out a file in a folder that exists.',
      cause,
    });
  });
  return { width, height, rows: rows.map(({ name }) => name), unreadable };
}

/** How the source's pictures are prepared. @throws GraftworkError as `getBackbone` and `findCheckpoint` */
async function inputOf(source: string): Promise<InputSpec> {
  const asked = hubCheckpoint(source);
  if (asked === undefined) return getBackbone(source).input;
  return (await findCheckpoint(asked, { home: resolve(parseEnvironment(process.env).GRAFTWORK_HOME) })).input;
}

process.once('message', (request) => {
  const tell = (message: object): void =>
    void process.send?.(message, undefined, undefined, () => process.disconnect());
  draw(contactSheetRequestSchema.parse(request)).then(
    (sheet) => tell({ sheet }),
    (thrown: unknown) => tell({ error: asGraftworkError(thrown).toJSON() }),
  );
});
