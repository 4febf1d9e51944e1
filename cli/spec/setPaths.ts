/** `--set path=value`: single settings laid over a run spec. */
import { parse } from 'yaml';
import { GraftworkError } from '../../contracts/errors.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { beyondList, isSpecPath, nearestSpecPath, specPaths } from './specPaths.js';

type Settable = Record<string, unknown> | unknown[];

/**
 * `spec` with each `path=value` of `settings` laid over it, in order; `spec` itself is left alone. Values are YAML, so
 * `head.epochs=3`, `head.patience=null` and `augmentation.cropScale=[0.5, 1]` all work; `fineTune[0].epochs` and
 * `fineTune.0.epochs` are the same path. Whether a value fits its field is checked when the spec is resolved.
 *
 * @throws GraftworkError GW_SPEC_INVALID naming the nearest valid path, if one is near.
 */
export function applySettings(spec: UserSpec, settings: readonly string[]): UserSpec {
  const paths = specPaths();
  const result: Record<string, unknown> = structuredClone(spec);
  for (const setting of settings) {
    const { path, value } = parseSetting(setting);
    if (!isSpecPath(path, paths)) {
      const near = nearestSpecPath(path, paths);
      throw new GraftworkError('GW_SPEC_INVALID', `--set ${path}: the run spec has no such field.`, {
        remedy: `${near === undefined ? '' : `Did you mean ${near}? `}\`graftwork schema\` prints every field.`,
      });
    }
    const beyond = beyondList(path);
    if (beyond !== undefined) {
      throw new GraftworkError('GW_SPEC_INVALID', `--set ${path}: ${beyond.list} has at most ${beyond.most} items.`, {
        remedy: `Its items are ${beyond.list}.0 to ${beyond.list}.${beyond.most - 1}.`,
      });
    }
    // `backbone: name` is short for `backbone: {name}`.
    if (path.startsWith('backbone.') && typeof result['backbone'] === 'string') {
      result['backbone'] = { name: result['backbone'] };
    }
    assign(result, path.split('.'), value);
  }
  return result;
}

function parseSetting(setting: string): { path: string; value: unknown } {
  const equals = setting.indexOf('=');
  if (equals <= 0) {
    throw new GraftworkError(
      'GW_SPEC_INVALID',
      `--set ${setting}: the ${equals === 0 ? 'path' : 'value'} is missing.`,
      {
        remedy: 'Write path=value, for example --set head.epochs=3.',
      },
    );
  }
  const path = setting.slice(0, equals).replace(/\[(\d+)\]/g, '.$1');
  try {
    return { path, value: parse(setting.slice(equals + 1)) };
  } catch (error) {
    throw new GraftworkError('GW_SPEC_INVALID', `--set ${path}: the value is not YAML.`, {
      remedy: 'Quote it, for example --set \'name="my-model"\'.',
      cause: error,
    });
  }
}

function assign(target: Settable, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return;
  if (Array.isArray(target)) while (target.length < Number(name)) target.push({});
  const [next] = rest;
  if (next === undefined) return put(target, name, value);
  const existing = Array.isArray(target) ? target[Number(name)] : target[name];
  const child: Settable =
    typeof existing === 'object' && existing !== null ? (existing as Settable) : /^\d+$/.test(next) ? [] : {};
  put(target, name, child);
  assign(child, rest, value);
}

function put(target: Settable, name: string, value: unknown): void {
  if (Array.isArray(target)) target[Number(name)] = value;
  else target[name] = value;
}
