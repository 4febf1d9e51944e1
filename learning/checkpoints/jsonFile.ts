/** A repository's JSON files, which may be anything that a server sends. */
import type { z } from 'zod';
import { issueText } from '../../contracts/issueText.js';
import { whatElse } from '../weights/notWeights.js';
import { badFile } from './refusals.js';

/** @throws GraftworkError GW_WEIGHTS_REFUSED naming what stands in the place of a JSON object */
export function parseJsonFile(text: string, source: string): Readonly<Record<string, unknown>> {
  const found = whatElse(Buffer.from(text));
  if (found !== undefined) throw badFile(source, `it is ${found.is}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badFile(source, 'it is not JSON, or ends too early');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badFile(source, 'it is no JSON object');
  return value as Record<string, unknown>;
}

/** @throws GraftworkError GW_WEIGHTS_REFUSED naming the first key whose value is of another kind */
export function parseFields<T extends z.ZodType>(schema: T, value: unknown, source: string, within = ''): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = [within, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  throw badFile(source, `${path}: ${issueText(issue, value)}`);
}
