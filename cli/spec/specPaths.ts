/** The paths of the run spec (`head.epochs`, `fineTune.0.learningRate`), read off its own schema. */
import { z } from 'zod';
import { nearestNames } from '../../contracts/nearest.js';
import { userSpecSchema } from '../../contracts/spec/runSpec.js';

type JsonSchema = z.core.JSONSchema._JSONSchema;

/** JSON schema of what a person may write. */
export function userSpecJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(userSpecSchema, { io: 'input', target: 'draft-2020-12' });
}

/** Every path a value can be set at, arrays with index 0 standing for any: `dataset`, `dataset.uri`, … */
export function specPaths(): string[] {
  return [...new Set(pathsBelow(userSpecJsonSchema(), ''))];
}

function pathsBelow(schema: JsonSchema | undefined, prefix: string): string[] {
  if (schema === undefined || typeof schema === 'boolean') return [];
  const children = [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.prefixItems ?? []).map((item, index): [string, JsonSchema] => [String(index), item]),
    ...(schema.items === undefined || Array.isArray(schema.items) ? [] : [['0', schema.items] as [string, JsonSchema]]),
  ];
  return [
    ...children.flatMap(([name, child]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      return [path, ...pathsBelow(child, path)];
    }),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((option) => pathsBelow(option, prefix)),
  ];
}

/** Items that a list may have where the schema says nothing. */
const usualItems = 1000;

/** The list in a path, and how many items it may have, where the path goes beyond them: `fineTune.99.epochs`. */
export function beyondList(path: string): { list: string; most: number } | undefined {
  const parts = path.split('.');
  for (const [index, part] of parts.entries()) {
    if (!/^\d+$/.test(part)) continue;
    const list = parts.slice(0, index);
    const most = Math.min(...listsAt(userSpecJsonSchema(), list).map(mostItems));
    if (Number(part) >= most) return { list: list.join('.'), most };
  }
  return undefined;
}

function mostItems(schema: z.core.JSONSchema.BaseSchema): number {
  return schema.maxItems ?? schema.prefixItems?.length ?? usualItems;
}

/** The lists that may stand at a path; several, where the schema allows several shapes. */
function listsAt(schema: JsonSchema | undefined, path: readonly string[]): z.core.JSONSchema.BaseSchema[] {
  if (schema === undefined || typeof schema === 'boolean') return [];
  const [name, ...rest] = path;
  const deeper = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((shape) => listsAt(shape, path));
  if (name === undefined) return schema.type === 'array' ? [schema, ...deeper] : deeper;
  const items = Array.isArray(schema.items) ? undefined : schema.items;
  const child =
    schema.properties?.[name] ?? (/^\d+$/.test(name) ? (schema.prefixItems?.[Number(name)] ?? items) : undefined);
  return [...listsAt(child, rest), ...deeper];
}

/** Whether the spec has such a path, whatever the indices in it. */
export function isSpecPath(path: string, paths = specPaths()): boolean {
  return paths.includes(path) || paths.includes(path.replace(/\.\d+(?=\.|$)/g, '.0'));
}

/** The valid path that a wrong one probably means, if there is one. */
export function nearestSpecPath(path: string, paths = specPaths()): string | undefined {
  return nearestNames(path, paths, 1)[0];
}
