/** Rows of a table as spreadsheets export it: with commas, semicolons or tabs, and with columns and lines that are empty. */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { quoted } from '../folders/className.js';
import { invalidList } from './invalidList.js';
import { groupColumn, hasColumn, nameOfTwo, splitColumn, type Column } from './listColumns.js';

export interface ListRow {
  /** Counted from 1, as editors do. */
  line: number;
  /** By the names of the columns, in lower case. */
  fields: Record<string, string>;
}

/** In the order in which they are tried. */
const delimiters = [',', ';', '\t', '|'];

/** Excel's own first line, which names the separator: `sep=;` */
const separatorLine = /^"?sep=(.)"?[,;\t|]*$/iu;

/** What the parser finds wrong, in plain words. */
const faults: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is opened but never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows the quotation mark that closes a field; double a mark inside a field',
  INVALID_OPENING_QUOTE: 'an unquoted field contains a quotation mark; put the field into quotes and double the mark',
};

/**
 * @param text UTF-8, without a byte-order mark
 * @param firstLine of the text that is not empty: it shows the separator
 * @param needed columns that every list has
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line
 */
export async function* csvRows(
  text: AsyncIterable<Uint8Array>,
  firstLine: string,
  needed: readonly Column[],
  name: string,
): AsyncGenerator<ListRow> {
  const said = separatorLine.exec(firstLine.trim())?.[1];
  const delimiter = said ?? delimiterOf(firstLine, needed);
  let columns: string[] | undefined;
  for await (const { line, values } of records(text, delimiter, name)) {
    if (values.every((value) => value === '')) continue;
    if (columns === undefined) {
      if (said === undefined || !separatorLine.test(values.join(said))) columns = header(values, needed, line, name);
      continue;
    }
    if (values.slice(columns.length).some((value) => value !== '')) {
      throw invalidList(
        `${name}, line ${line}`,
        `it has ${values.length} fields, but the header has ${columns.length}`,
        'Put a field that contains the separator into quotation marks.',
      );
    }
    yield { line, fields: Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ''])) };
  }
}

async function* records(
  text: AsyncIterable<Uint8Array>,
  delimiter: string,
  name: string,
): AsyncGenerator<{ line: number; values: string[] }> {
  const parser = parse({
    delimiter,
    info: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    // The parser takes a tab for a space at the edge of a field, even where it separates two.
    trim: delimiter !== '\t',
  });
  // What goes wrong comes out of the parser, below.
  pipeline(Readable.from(text), parser, () => undefined);
  try {
    for await (const found of parser) {
      const { info, record } = found as { info: { lines: number }; record: string[] };
      yield { line: info.lines, values: delimiter === '\t' ? record.map((value) => value.trim()) : record };
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    const line = 'lines' in thrown && typeof thrown.lines === 'number' ? thrown.lines : undefined;
    throw invalidList(line === undefined ? name : `${name}, line ${line}`, faults[thrown.code] ?? thrown.message);
  }
}

/** The separator that makes the needed columns of the header, else the one that makes most. */
function delimiterOf(firstLine: string, needed: readonly Column[]): string {
  const split = (delimiter: string): string[] =>
    columnNames(firstLine.split(delimiter).map((part) => part.trim().replace(/^"(.*)"$/, '$1')));
  const fitting = delimiters.find((delimiter) => lacking(split(delimiter), needed) === undefined);
  if (fitting !== undefined) return fitting;
  return delimiters.toSorted((a, b) => split(b).length - split(a).length)[0] ?? ',';
}

/** @returns names of all columns but the empty ones at the end */
function header(values: string[], needed: readonly Column[], line: number, name: string): string[] {
  const columns = columnNames(values);
  const missing = lacking(columns, needed);
  const where = `${name}, line ${line}`;
  if (missing === undefined) {
    for (const column of [...needed, splitColumn, groupColumn]) requireOne(columns, column, where);
    return columns;
  }
  throw invalidList(where, `no column is named ${missing.usual} (found: ${columns.map(quoted).join(', ')})`);
}

/** @throws GraftworkError GW_MANIFEST_INVALID when two columns of one name may be meant */
function requireOne(columns: readonly string[], column: Column, where: string): void {
  const twice = nameOfTwo(columns, column);
  if (twice === undefined) return;
  throw invalidList(
    where,
    `two columns are named ${quoted(twice)}`,
    `Rename the column that is not the ${column.own[0] ?? twice}.`,
  );
}

function columnNames(values: readonly string[]): string[] {
  const columns = values.map((value) => value.trim().toLowerCase());
  return columns.slice(0, columns.findLastIndex((column) => column !== '') + 1);
}

function lacking(columns: readonly string[], needed: readonly Column[]): Column | undefined {
  return needed.find((column) => !hasColumn(columns, column));
}
