/** What a schema finds wrong, in the words of the person who wrote the value. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Characters of a value that a message shows. */
const longest = 40;

const kinds: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'fields with names',
  record: 'fields with names',
  null: 'null',
};

/**
 * One sentence without a full stop: what was expected, and what was found. A schema's own messages stay as they are.
 * @param root the value that was checked
 */
export function issueText(issue: Issue, root: unknown): string {
  const value = issue.path.reduce<unknown>(memberOf, root);
  switch (issue.code) {
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      if (value === undefined) return 'missing';
      return expected(kinds[issue.expected] ?? issue.expected, value);
    case 'invalid_value':
      return expected(oneOf(issue.values.map(String)), value);
    case 'too_small':
    case 'too_big':
      return /^Too (?:small|big)/.test(issue.message) ? sizeText(issue, value) : issue.message;
    case 'unrecognized_keys':
      return `there is no field ${issue.keys.join(', ')}`;
    case 'invalid_union':
      return unionText(issue, value);
    default:
      return issue.message;
  }
}

function sizeText(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, value: unknown): string {
  const [limit, inclusive] =
    issue.code === 'too_small'
      ? [issue.minimum, issue.inclusive === false ? 'more than' : 'at least']
      : [issue.maximum, issue.inclusive === false ? 'less than' : 'at most'];
  const [unit, found] = Array.isArray(value)
    ? [Number(limit) === 1 ? ' item' : ' items', value.length]
    : typeof value === 'string' && issue.origin === 'string'
      ? [Number(limit) === 1 ? ' character' : ' characters', value.length]
      : ['', shown(value)];
  return `expected ${inclusive} ${limit}${unit}, found ${found}`;
}

/** Of several shapes, that one's first fault which the value comes nearest to: the one that is wrong farthest inside. */
function unionText(issue: Extract<Issue, { code: 'invalid_union' }>, value: unknown): string {
  if ('options' in issue && Array.isArray(issue.options)) return expected(oneOf(issue.options.map(String)), value);
  if (issue.message !== 'Invalid input') return issue.message;
  const inside = issue.errors.flat().find(({ path }) => path.length > 0);
  if (inside !== undefined) return `${inside.path.map(String).join('.')}: ${issueText(inside, value)}`;
  const shapes = issue.errors.flatMap(([first]) => {
    if (first?.code === 'invalid_type') return [kinds[first.expected] ?? first.expected];
    return first?.code === 'invalid_value' ? first.values.map(String) : [];
  });
  return shapes.length === 0 ? issue.message : expected([...new Set(shapes)].join(' or '), value);
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `one of ${values.join(', ')}`;
}

function expected(what: string, value: unknown): string {
  return `expected ${what}, found ${shown(value)}`;
}

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function memberOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[name] : undefined;
}
