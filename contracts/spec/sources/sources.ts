/** How a source to start from is written: `efficientnet_lite0`, `googlenet=<weights>`, `model:ants-and-bees@3`. */
import { z } from 'zod';

const modelPrefix = 'model:';

/** What follows `model:`; undefined when the text names no registered model. */
export function referencedModel(text: string): string | undefined {
  return text.startsWith(modelPrefix) ? text.slice(modelPrefix.length) : undefined;
}

/** `name@version` */
export function modelText({ name, version }: { name: string; version: number }): string {
  return `${name}@${version}`;
}

/** `model:name@version` */
export function modelSource(model: { name: string; version: number }): string {
  return modelPrefix + modelText(model);
}

/** A source as a run spec has it: `backbone.name` and `backbone.weights`. */
export const sourceNameSchema = z.strictObject({ name: z.string().min(1), weights: z.string().min(1).optional() });
export type SourceName = z.infer<typeof sourceNameSchema>;

/** `name` or `name=weights` */
export function parseSourceName(text: string): SourceName {
  const equals = text.indexOf('=');
  return equals < 0 ? { name: text } : { name: text.slice(0, equals), weights: text.slice(equals + 1) };
}

/** The source as a person would write it; a model is written as such wherever it stands. */
export function sourceText({ name, weights }: SourceName): string {
  if (weights === undefined) return name;
  return referencedModel(weights) === undefined ? `${name}=${weights}` : weights;
}
