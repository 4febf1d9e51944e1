import { z } from 'zod';

/** What each field of a schema is without its default. */
export type WithoutDefaults<Fields> = {
  [Name in keyof Fields]: Fields[Name] extends z.ZodDefault<infer Field> ? Field : Fields[Name];
};

/** The same ranges without defaults, for a schema in which what is left out stays left out. */
export function withoutDefaults<Fields extends Record<string, z.core.SomeType>>(
  fields: Fields,
): WithoutDefaults<Fields> {
  const bare = Object.entries(fields).map(([name, field]) => [
    name,
    field instanceof z.ZodDefault ? field.unwrap() : field,
  ]);
  return Object.fromEntries(bare) as WithoutDefaults<Fields>;
}
