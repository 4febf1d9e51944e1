/** CSV and JSON Lines manifests: one image a line, with `path` (or `uri`, `image`), `label` (or `class`), `split`. */
import { parse } from 'csv-parse/sync';
import { GraftworkError } from '../../contracts/errors.js';
import type { Split } from '../../contracts/dataset.js';
import { splitNamed } from './candidates.js';
import type { LabelledSource } from './candidates.js';
import { quoted, safeClassName } from './className.js';

const pathColumns = ['path', 'uri', 'image'];
const labelColumns = ['label', 'class'];
const splitColumn = 'split';

interface Row {
  /** Counted from 1, as editors do. */
  line: number;
  fields: Record<string, string>;
}

/**
 * @param text of the file
 * @param name of the object, for messages
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID for an unsafe class name
 */
export function readManifest(text: string, name: string): LabelledSource {
  const body = text.replace(/^\ufeff/, '');
  const rows = /^\s*\{/.test(body) ? jsonRows(body, name) : csvRows(body, name);
  const seen = new Map<string, number>();
  const splitNames: Partial<Record<Split, string>> = {};
  const candidates = rows.map(({ line, fields }) => {
    const where = `${name}, line ${line}`;
    const path = safePath(field(fields, pathColumns), where);
    const earlier = seen.get(path);
    if (earlier !== undefined) throw invalid(where, `${quoted(path)} stands on line ${earlier} already`);
    seen.set(path, line);
    const label = field(fields, labelColumns);
    if (label === undefined) throw invalid(where, `there is no ${labelColumns.join(' or ')}`);
    const split = readSplit(fields[splitColumn], where);
    if (split !== null) splitNames[split] ??= fields[splitColumn] ?? split;
    return { path, className: safeClassName(label, where), split };
  });
  const first = candidates[0];
  const mixed = candidates.findIndex(({ split }) => (split === null) !== (first?.split === null));
  if (mixed > 0) {
    throw invalid(`${name}, line ${rows[mixed]?.line ?? 0}`, 'either every line names a split, or none does');
  }
  return { candidates, withoutClass: [], splitNames };
}

function csvRows(text: string, name: string): Row[] {
  try {
    const records: unknown = parse(text, {
      bom: true,
      columns: (header: string[]) => checkHeader(header, name),
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    return (records as { info: { lines: number }; record: Record<string, string> }[]).map(({ info, record }) => ({
      line: info.lines,
      fields: record,
    }));
  } catch (thrown) {
    if (thrown instanceof GraftworkError) throw thrown;
    const line = lineOf(thrown);
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw invalid(line === undefined ? name : `${name}, line ${line}`, message);
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

function jsonRows(text: string, name: string): Row[] {
  return text.split('\n').flatMap((source, index) => {
    if (source.trim() === '') return [];
    const where = `${name}, line ${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch (thrown) {
      throw invalid(where, `it is not JSON (${thrown instanceof Error ? thrown.message : String(thrown)})`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(where, 'it is not a JSON object');
    const fields: Record<string, string> = {};
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') {
        fields[key.toLowerCase()] = String(member);
      }
    }
    return [{ line: index + 1, fields }];
  });
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

function lineOf(thrown: unknown): number | undefined {
  const lines: unknown = typeof thrown === 'object' && thrown !== null && 'lines' in thrown ? thrown.lines : undefined;
  return typeof lines === 'number' ? lines : undefined;
}

function invalid(where: string, fault: string): GraftworkError {
  return new GraftworkError('GW_MANIFEST_INVALID', `${where}: ${fault}.`, {
    remedy: 'A manifest has the columns path, label and, if you like, split.',
  });
}
