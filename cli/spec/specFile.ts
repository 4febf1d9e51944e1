/** A run spec from a YAML or JSON file. */
import { readFile, stat } from 'node:fs/promises';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { fileReason } from '../../contracts/fileReason.js';
import { issueText } from '../../contracts/issueText.js';
import { userSpecSchema } from '../../contracts/spec/runSpec.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { nearestSpecPath } from './specPaths.js';

/**
 * Reads and checks a spec file; JSON is read as the YAML it is.
 *
 * @throws GraftworkError GW_SPEC_INVALID naming the file, and the line or the field.
 */
export async function readSpecFile(file: string): Promise<UserSpec> {
  const lines = new LineCounter();
  const document = parseDocument(await read(file), { lineCounter: lines, prettyErrors: false });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new GraftworkError('GW_SPEC_INVALID', `${file}:${line}:${col}: ${syntax.message.replace(/\.?$/, '.')}`, {
      remedy: `Correct the YAML in line ${line}.`,
      cause: syntax,
    });
  }
  const value = valueOf(file, document);
  const checked = userSpecSchema.safeParse(value);
  if (checked.success) return value as UserSpec;
  throw new GraftworkError(
    'GW_SPEC_INVALID',
    checked.error.issues.map((issue) => describe(file, issue, value)).join('\n'),
    {
      remedy: '`npx graftwork schema` prints every field with its type and range.',
    },
  );
}

/** A few aliases may stand for more than any memory holds. */
function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GraftworkError('GW_SPEC_INVALID', `${file}: ${why}`, {
      remedy: 'Write out the values instead of their aliases.',
      cause: error,
    });
  }
}

async function read(file: string): Promise<string> {
  const bytes = await bytesOf(file);
  // As PowerShell writes what a command prints.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new GraftworkError('GW_SPEC_INVALID', `${file} is not UTF-8 text.`, {
      remedy: 'Save it as UTF-8. --spec takes a YAML or JSON file.',
      cause: error,
    });
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const facts = await stat(file);
    // A pipe may have no writer, and a device no end.
    if (!facts.isFile() && !facts.isDirectory()) throw new Error('it is not a regular file');
    return await readFile(file);
  } catch (error) {
    throw new GraftworkError('GW_SPEC_INVALID', `${file} cannot be read: ${fileReason(error)}.`, {
      remedy: 'Give --spec the path of a YAML or JSON file.',
      cause: error,
    });
  }
}

function describe(file: string, issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys')
    return `${file}: ${path === '' ? 'the file' : path}: ${issueText(issue, value)}`;
  return issue.keys
    .map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      const near = nearestSpecPath(full);
      return `${file}: ${full}: there is no such field${near === undefined ? '' : `; did you mean ${near}?`}`;
    })
    .join('\n');
}
