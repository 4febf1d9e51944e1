/** Lists of images, tables and JSON Lines: one image a line, with its path, its label and perhaps its split and group. */
import type { Split } from '../../../contracts/data/dataset.js';
import type { Task } from '../../../contracts/spec/task.js';
import { textLines } from '../../../contracts/textLines.js';
import { CandidateTable } from '../folders/candidates.js';
import type { LabelledSource } from '../folders/candidates.js';
import { quoted } from '../folders/className.js';
import { splitNamed } from '../folders/splitNames.js';
import { csvRows, type ListRow } from './csvRows.js';
import { invalidList as invalid } from './invalidList.js';
import { labelsOfJson, labelsOfRow } from './labelsOfRow.js';
import { anyLabelColumn, groupColumn, labelsColumn, pathColumn, splitColumn, valueOf } from './listColumns.js';
import { utf8Pieces } from './listEncoding.js';
import { ListPaths, type IsThere } from './listPaths.js';
import { lookAhead } from './lookAhead.js';
import { NumberColumn } from '../columns/numberColumn.js';
import { RowIndex } from '../columns/rowIndex.js';
import { TextColumn } from '../columns/textColumn.js';

/**
 * Reads a manifest of any length, a piece at a time.
 *
 * @param pieces of the file
 * @param name of the object, for messages
 * @param isThere for absolute paths; left out, they are refused
 * @param task as `labelsOfRow`
 * @returns the candidates, and their paths and lines in the same order
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID for an unsafe class name
 */
export async function readManifest(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  isThere: IsThere = () => Promise.resolve(false),
  task?: Task | 'any',
): Promise<LabelledSource & { paths: TextColumn; lines: NumberColumn }> {
  const { firstLine, whole } = await lookAhead(utf8Pieces(pieces, name));
  if (firstLine.startsWith('[')) throw invalid(name, 'it is one JSON list', 'Write one JSON object per line.');
  const rows = firstLine.startsWith('{')
    ? jsonRows(whole, name)
    : csvRows(whole, firstLine, [pathColumn, anyLabelColumn], name);
  const listPaths = new ListPaths(isThere);
  const paths = new TextColumn();
  const candidates = new CandidateTable(paths);
  const lines = new NumberColumn();
  const splitNames: Partial<Record<Split, string>> = {};
  let named: boolean | undefined;
  for await (const { line, fields } of rows) {
    const where = `${name}, line ${line}`;
    const written = valueOf(fields, pathColumn, where);
    if (written === undefined) throw invalid(where, `there is no ${pathColumn.usual}`);
    const path = await listPaths.read(written, where);
    const { className, isMultiLabel } = labelsOfRow(fields, where, task);
    candidates.isMultiLabel ??= isMultiLabel;
    if (candidates.isMultiLabel !== isMultiLabel) {
      throw invalid(
        where,
        'either every line has `labels`, or none does',
        'Write `labels` on every line: it may be empty.',
      );
    }
    const split = readSplit(fields[splitColumn.usual], where);
    if (split !== null) splitNames[split] ??= fields[splitColumn.usual] ?? split;
    named ??= split !== null;
    if (named !== (split !== null)) {
      throw invalid(
        where,
        'either every line names a split, or none does',
        `Name a split on every line, or leave out the column ${splitColumn.usual}.`,
      );
    }
    candidates.add(paths.length, className, split, valueOf(fields, groupColumn, where)?.trim());
    paths.push(path);
    lines.push(line);
  }
  listPaths.requireFound();
  if (paths.length === 0) {
    const fault = firstLine === '' ? 'it is empty' : 'it has a header, but no line with an image';
    throw invalid(name, fault, 'Write a header, path,label, and one line for each image.');
  }
  const { first } = new RowIndex(paths.length, (row) => paths.at(row));
  const again = first.findIndex((earlier, row) => earlier !== row);
  if (again >= 0) {
    const earlier = lines.at(first[again] ?? 0) ?? 0;
    throw invalid(
      `${name}, line ${lines.at(again) ?? 0}`,
      `${quoted(paths.at(again))} is already on line ${earlier}`,
      'Remove one of the two lines.',
    );
  }
  return { candidates, paths, lines, withoutClass: [], splitNames };
}

async function* jsonRows(pieces: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<ListRow> {
  let line = 0;
  for await (const source of textLines(pieces)) {
    line += 1;
    if (source.trim() === '') continue;
    yield { line, fields: jsonFields(source, `${name}, line ${line}`) };
  }
}

function jsonFields(text: string, where: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw invalid(where, `it is not JSON (${thrown instanceof Error ? thrown.message : String(thrown)})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(where, 'it is not a JSON object');
  }
  const fields: Record<string, string> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === null) fields[key.toLowerCase()] ??= '';
    else if (Array.isArray(member) && labelsColumn.own.includes(key.toLowerCase())) {
      fields[key.toLowerCase()] = labelsOfJson(member, where);
    } else if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') {
      fields[key.toLowerCase()] = String(member);
    }
  }
  return fields;
}

function readSplit(value: string | undefined, where: string): Split | null {
  if (value === undefined || value === '') return null;
  const split = splitNamed(value);
  if (split !== undefined) return split;
  throw invalid(
    where,
    `the split ${quoted(value)} is not train, validation or test`,
    `The split names are train, validation (also val, valid or dev) and test. Write one of them, or leave out the column ${splitColumn.usual}.`,
  );
}
