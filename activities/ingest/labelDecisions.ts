/** A person's decisions about labels, laid over what a source says: the pictures themselves stay as they are. */
import type { AppliedDecisions } from '../../contracts/data/labelDecisions.js';
import { joinedLabels, separateLabels } from '../../contracts/data/labelSets.js';
import { GraftworkError } from '../../contracts/errors.js';
import { nearestNames } from '../../contracts/nearest.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { RowIndex } from '../../learning/dataset/columns/rowIndex.js';
import { quoted, quotedList, visibleName } from '../../learning/dataset/folders/className.js';
import {
  invalidDecisions,
  readLabelDecisions,
  type LabelDecision,
} from '../../learning/dataset/lists/labelDecisions.js';
import { Tombstones } from '../../storage/forgetting/tombstones.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { readPieces } from '../../storage/objects/objectPieces.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import type { FoundSource } from './datasetSource.js';
import type { Inspections } from './inspections.js';

export interface FoundDecisions {
  uri: string;
  /** Of what they say, whatever else is in the file. */
  digest: string;
  rows: LabelDecision[];
}

/**
 * The decisions that count for a source: those of the spec, else those that lie with the source. About pictures that were forgotten
 * since, nothing is left to decide.
 *
 * @throws GraftworkError GW_LABELS_INVALID, GW_S3_…
 */
export async function findDecisions(
  store: ObjectStore,
  { labels }: Pick<DatasetSpec, 'labels'>,
  { decisions: withSource }: Pick<FoundSource, 'decisions'>,
): Promise<FoundDecisions | undefined> {
  const uri = labels ?? withSource;
  if (uri === undefined) return undefined;
  const { bucket, key } = parseS3Uri(uri);
  const place = store.at(bucket);
  if (!(await place.exists(key))) {
    throw new GraftworkError('GW_LABELS_INVALID', `There is no review file at ${uri}.`, {
      remedy: 'Correct dataset.labels, or leave it out.',
    });
  }
  const forgotten = await new Tombstones(store).digests();
  const rows = (await readLabelDecisions(readPieces(place, key), uri)).filter(({ sha256 }) => !forgotten.has(sha256));
  const digest = contentKey(
    'label-decisions/1',
    rows
      .map(({ path, decision, label, sha256 }) => [path, decision, label ?? null, sha256])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );
  return { uri, digest, rows };
}

/**
 * To be called when every file has been inspected. What was dropped is put aside like a file that cannot be used.
 *
 * @throws GraftworkError GW_LABELS_INVALID when the file is of another source, or names a picture or a label that is not there
 */
export function layDecisions(
  { uri: source, files }: { uri: string; files: FoundSource['files'] },
  inspections: Inspections,
  { uri, digest, rows }: FoundDecisions,
): AppliedDecisions {
  const index = new RowIndex(files.length, (row) => files.pathOf(row));
  const labels = new Set<string>();
  // A picture of a multi-label source has several, in one text.
  const separate = (text: string): string[] =>
    files.isMultiLabel ? separateLabels(text).flatMap((name) => visibleName(name) || []) : [text];
  for (let file = 0; file < files.length; file += 1) {
    for (const label of separate(files.classNameOf(file))) labels.add(label);
  }
  const met = rows.map((row) => ({ ...row, file: index.find(row.path) }));
  requireSamePictures(met, inspections, { uri, source });
  const counts = { kept: 0, relabelled: 0, dropped: 0 };
  for (const { file, decision, label, line } of met) {
    // What cannot be used needs no decision.
    if (file === undefined || !inspections.isUsable(file)) continue;
    const meant = label === undefined ? [] : separate(label);
    const unknown = meant.find((one) => !labels.has(one));
    if (unknown !== undefined) throw unknownLabel(unknown, [...labels], `${uri}, line ${line}`, source);
    const given = files.classNameOf(file);
    const right = label === undefined ? given : files.isMultiLabel ? joinedLabels(meant) : label;
    if (decision === 'drop') {
      counts.dropped += 1;
      inspections.set(file, {
        usable: false,
        reason: 'dropped',
        detail: 'a person who reviewed the labels left it out',
      });
    } else {
      counts[right === given ? 'kept' : 'relabelled'] += 1;
      files.review(file, right);
    }
  }
  return { uri, digest, ...counts };
}

interface MetDecision extends LabelDecision {
  /** Index of the file; undefined where the source has no such path. */
  file: number | undefined;
}

function requireSamePictures(
  rows: readonly MetDecision[],
  inspections: Inspections,
  { uri, source }: { uri: string; source: string },
): void {
  const missing = rows.filter(({ file }) => file === undefined);
  const other = rows.filter(
    ({ file, sha256 }) => file !== undefined && inspections.isUsable(file) && inspections.sha256(file) !== sha256,
  );
  const [first] = [...other, ...missing].sort((a, b) => a.line - b.line);
  if (first === undefined) return;
  if (missing.length + other.length === rows.length) {
    throw invalidDecisions(
      uri,
      `it is a review of another source: none of its ${rows.length === 1 ? 'pictures' : `${rows.length} pictures`} is at ${source}`,
      'Give the review file of this source, or make one with `graftwork review`.',
    );
  }
  const more = (count: number): string => (count === 0 ? '' : `, and ${count} more like it`);
  const where = `${uri}, line ${first.line}`;
  if (other.includes(first)) {
    throw invalidDecisions(
      where,
      `${quoted(first.path)} is another picture now than the one that was reviewed${more(other.length - 1)}`,
      'Review the source again, or remove these lines.',
    );
  }
  throw invalidDecisions(
    where,
    `there is no picture ${quoted(first.path)} at ${source}${more(missing.length - 1)}`,
    'Remove these lines, or review the source again.',
  );
}

function unknownLabel(label: string, known: readonly string[], where: string, source: string): GraftworkError {
  const near = nearestNames(label, known, 1);
  const meant = near[0] === undefined ? '' : `, but some have ${quoted(near[0])}`;
  return invalidDecisions(
    where,
    `no picture at ${source} has the label ${quoted(label)}${meant}`,
    `Write a label that the source has: ${quotedList([...known].sort())}.`,
  );
}
