/** A run spec from a YAML or JSON file. */
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { GraftworkError } from '../contracts/errors.js';
import { userSpecSchema } from '../contracts/runSpec.js';
import type { UserSpec } from '../contracts/runSpec.js';
import { nearestSpecPath } from './specPaths.js';

/**
 * Reads and checks a spec file; JSON is read as the YAML it is.
 *
 * @throws GraftworkError GW_SPEC_INVALID naming the file, and the line or the field.
 */
export async function readSpecFile(file: string): Promise<UserSpec> {
  const lines = new LineCounter();
  const document = parseDocument(await read(file), { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new GraftworkError('GW_SPEC_INVALID', `${file}:${line}:${col}: ${syntax.message.split('\n')[0]}`, {
      remedy: 'Correct the YAML there.',
      cause: syntax,
    });
  }
  const value: unknown = document.toJS() ?? {};
  const checked = userSpecSchema.safeParse(value);
  if (checked.success) return value as UserSpec;
  throw new GraftworkError('GW_SPEC_INVALID', checked.error.issues.map((issue) => describe(file, issue)).join('\n'), {
    remedy: '`graftwork schema` prints every field with its type and range.',
  });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GraftworkError('GW_SPEC_INVALID', `${file} cannot be read.`, {
      remedy: 'Give --spec the path of a YAML or JSON file.',
      cause: error,
    });
  }
}

function describe(file: string, issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return `${file}: ${path === '' ? 'the file' : path}: ${issue.message}`;
  return issue.keys
    .map((key) => {
      const full = path === '' ? key : `${path}.${key}`;
      return `${file}: ${full}: there is no such field; did you mean ${nearestSpecPath(full)}?`;
    })
    .join('\n');
}
