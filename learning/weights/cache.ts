/**
 * Weights that were found once, kept as safetensors under the definition's names: reading them again needs no
 * network, no unpickling and no renaming.
 */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { NamedArrays } from '../backbones/architecture.js';
import { asFloat32, safetensorsPieces } from '../arrays/safetensors.js';
import { readLayout, readTensors } from '../arrays/safetensorsInFile.js';
import { FileOnDisk } from './fileOnDisk.js';
import { replaceFile } from './download/replaceFile.js';

const metadataSchema = z.object({
  /** Digest of the file the weights came from. */
  sha256: z.string(),
  source: z.string(),
  licence: z.string(),
  /** Digest of all the rest, against damage on disk. */
  content: z.string(),
});

export type Warn = (fields: Record<string, unknown>, message: string) => void;

export interface CachedWeights {
  parameters: NamedArrays;
  sha256: string;
  source: string;
  licence: string;
}

export class WeightCache {
  /**
   * @param folder e.g. `<home>/weights/cache`
   * @param warn called for damaged entries
   */
  constructor(
    private readonly folder: string,
    private readonly warn: Warn = () => undefined,
  ) {}

  /** The entry for a backbone and a source file's digest; a damaged one counts as absent. */
  async read(backbone: string, sha256: string): Promise<CachedWeights | undefined> {
    const path = this.entry(backbone, sha256);
    const opened = await FileOnDisk.open(path).catch(() => undefined);
    if (opened === undefined) return undefined;
    await using file = opened;
    try {
      const { tensors: extents, metadata } = await readLayout(file);
      const tensors = await readTensors(file, extents);
      const { content, ...known } = metadataSchema.parse(metadata);
      const parameters = new Map(
        [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, data: asFloat32(tensor) }]),
      );
      if (known.sha256 === sha256 && contentDigest(parameters, known) === content) return { parameters, ...known };
    } catch {
      // What cannot even be parsed is damaged too.
    }
    this.warn({ file: path }, 'a local copy of weights is damaged: they are read from their source again');
    return undefined;
  }

  /** Whether there is an entry; it may yet turn out to be damaged. */
  async has(backbone: string, sha256: string): Promise<boolean> {
    return access(this.entry(backbone, sha256)).then(
      () => true,
      () => false,
    );
  }

  /** Keep an entry, and that `askedFor` led to it; atomic, so a reader sees the whole of it or nothing. */
  async write(backbone: string, askedFor: string, weights: CachedWeights): Promise<void> {
    const { parameters, sha256, source, licence } = weights;
    const facts = { sha256, source, licence };
    await replaceFile(
      this.entry(backbone, sha256),
      safetensorsPieces(parameters, { format: 'pt', ...facts, content: contentDigest(parameters, facts) }),
    );
    await replaceFile(this.memory(backbone, askedFor), [Buffer.from(sha256)]);
  }

  /** The digest of what a source gave last, for when it cannot be asked again. */
  async recall(backbone: string, askedFor: string): Promise<string | undefined> {
    return readFile(this.memory(backbone, askedFor), 'utf8').catch(() => undefined);
  }

  private entry(backbone: string, sha256: string): string {
    return path.join(this.folder, `${backbone}-${sha256}.safetensors`);
  }

  private memory(backbone: string, askedFor: string): string {
    const key = createHash('sha256').update(`${backbone}\n${askedFor}`).digest('hex');
    return path.join(this.folder, 'sources', key);
  }
}

/** Over the file these weights are written as, but for this digest. */
function contentDigest(parameters: NamedArrays, facts: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256');
  for (const piece of safetensorsPieces(parameters, facts)) hash.update(piece);
  return hash.digest('hex');
}
