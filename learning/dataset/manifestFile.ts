/** CSV and JSON Lines manifests: one image a line, with `path` (or `uri`, `image`), `label` (or `class`), `split`. */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { GraftworkError } from '../../contracts/errors.js';
import type { Split } from '../../contracts/dataset.js';
import { textLines } from '../../contracts/textLines.js';
import { CandidateTable, splitNamed } from './candidates.js';
import type { LabelledSource } from './candidates.js';
import { quoted, safeClassName } from './className.js';
import { NumberColumn } from './numberColumn.js';
import { RowIndex } from './rowIndex.js';
import { TextColumn } from './textColumn.js';

const pathColumns = ['path', 'uri', 'image'];
const labelColumns = ['label', 'class'];
const splitColumn = 'split';

interface Row {
  /** Counted from 1, as editors do. */
  line: number;
  fields: Record<string, string>;
}

/**
 * Reads a manifest of any length, a piece at a time.
 *
 * @param pieces of the file
 * @param name of the object, for messages
 * @returns the candidates, and their paths in the same order
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID for an unsafe class name
 */
export async function readManifest(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): Promise<LabelledSource & { paths: TextColumn }> {
  const { begins, whole } = await lookAhead(pieces);
  const rows = begins === '{' ? jsonRows(whole, name) : csvRows(whole, name);
  const paths = new TextColumn();
  const candidates = new CandidateTable(paths);
  const lines = new NumberColumn();
  const splitNames: Partial<Record<Split, string>> = {};
  let named: boolean | undefined;
  for await (const { line, fields } of rows) {
    const where = `${name}, line ${line}`;
    const path = safePath(field(fields, pathColumns), where);
    const label = field(fields, labelColumns);
    if (label === undefined) throw invalid(where, `there is no ${labelColumns.join(' or ')}`);
    const split = readSplit(fields[splitColumn], where);
    if (split !== null) splitNames[split] ??= fields[splitColumn] ?? split;
    named ??= split !== null;
    if (named !== (split !== null)) throw invalid(where, 'either every line names a split, or none does');
    candidates.add(paths.length, safeClassName(label, where), split);
    paths.push(path);
    lines.push(line);
  }
  const { first } = new RowIndex(paths.length, (row) => paths.at(row));
  const again = first.findIndex((earlier, row) => earlier !== row);
  if (again >= 0) {
    const earlier = lines.at(first[again] ?? 0) ?? 0;
    throw invalid(
      `${name}, line ${lines.at(again) ?? 0}`,
      `${quoted(paths.at(again))} stands on line ${earlier} already`,
    );
  }
  return { candidates, paths, withoutClass: [], splitNames };
}

/** The first character that is no space, and the pieces as if nobody had looked. */
async function lookAhead(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ begins: string; whole: AsyncGenerator<Uint8Array> }> {
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const source = all();
  const seen: Uint8Array[] = [];
  let begins = '';
  while (begins === '') {
    const next = await source.next();
    if (next.done === true) break;
    seen.push(next.value);
    begins = Buffer.concat(seen)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart()
      .slice(0, 1);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* source;
  }
  return { begins, whole: whole() };
}

async function* csvRows(pieces: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkHeader(header, name),
    info: true,
    skip_empty_lines: true,
    trim: true,
  });
  // What goes wrong comes out of the parser, below.
  pipeline(Readable.from(pieces), parser, () => undefined);
  try {
    for await (const found of parser) {
      const { info, record } = found as { info: { lines: number }; record: Record<string, string> };
      yield { line: info.lines, fields: record };
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    const line = lineOf(thrown);
    throw invalid(line === undefined ? name : `${name}, line ${line}`, thrown.message);
  }
}

function checkHeader(header: string[], name: string): string[] {
  const columns = header.map((column) => column.trim().toLowerCase());
  for (const names of [pathColumns, labelColumns]) {
    if (names.some((column) => columns.includes(column))) continue;
    throw invalid(
      `${name}, line 1`,
      `no column is named ${names.join(' or ')} (found: ${columns.map(quoted).join(', ')})`,
    );
  }
  return columns;
}

async function* jsonRows(pieces: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Row> {
  let line = 0;
  for await (const source of textLines(pieces)) {
    line += 1;
    const text = line === 1 ? source.replace(/^\ufeff/, '') : source;
    if (text.trim() === '') continue;
    yield { line, fields: jsonFields(text, `${name}, line ${line}`) };
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
    if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') {
      fields[key.toLowerCase()] = String(member);
    }
  }
  return fields;
}

function field(fields: Record<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => fields[name]).find((value) => value !== undefined && value !== '');
}

/** Relative to the manifest's folder, or an s3:// address; nothing may lead out of the folder. */
function safePath(path: string | undefined, where: string): string {
  if (path === undefined) throw invalid(where, `there is no ${pathColumns.join(' or ')}`);
  if (/^s3:\/\/[^/]+\/./.test(path)) return path;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw invalid(where, `${quoted(path)} is not an s3:// address`);
  const relative = path.replace(/^(?:\.\/)+/, '');
  if (relative.startsWith('/') || relative.split('/').includes('..')) {
    throw invalid(where, `${quoted(path)} leads out of the manifest’s folder`);
  }
  return relative;
}

function readSplit(value: string | undefined, where: string): Split | null {
  if (value === undefined || value === '') return null;
  const split = splitNamed(value);
  if (split === undefined)
    throw invalid(where, `the split ${quoted(value)} is not train, validation (val, valid) or test`);
  return split;
}

function lineOf(thrown: CsvError): number | undefined {
  return 'lines' in thrown && typeof thrown.lines === 'number' ? thrown.lines : undefined;
}

function invalid(where: string, fault: string): GraftworkError {
  return new GraftworkError('GW_MANIFEST_INVALID', `${where}: ${fault}.`, {
    remedy: 'A manifest has the columns path, label and, if you like, split.',
  });
}
