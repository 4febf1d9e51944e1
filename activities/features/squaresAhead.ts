/**
 * Squares of pixels that an ingest makes in passing: it has every photo decoded anyway. Preprocessing on the same machine takes them
 * from its disk, and reads and decodes only the pictures of which there is none.
 */
import type { IngestInput } from '../../contracts/activities/trainingActivities.js';
import { getBackbone } from '../../learning/backbones/zoo.js';
import { squareOf, type PixelSettings } from '../../learning/images/preprocessImage.js';
import type { Raster } from '../../learning/images/resample.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { inputSettings } from '../plan/inputSettings.js';
import { keyedPixelSettings } from '../plan/planPixelShards.js';

/** Share of the disk's budget for squares that nobody has taken yet: an ingest makes no more of them. */
const share = 1 / 4;

export class SquaresAhead {
  private readonly names: string;
  private made = 0;

  constructor(
    private readonly cache: Pick<ContentCache, 'setAside' | 'takeAside' | 'budget'>,
    private readonly input: PixelSettings,
  ) {
    this.names = `squares/${contentKey('squares/1', keyedPixelSettings(input))}`;
  }

  /** The square of decoded pixels, or undefined when there are enough squares. */
  async make(picture: Raster): Promise<Uint8Array | undefined> {
    return this.made < this.cache.budget * share ? squareOf(picture, this.input) : undefined;
  }

  /** @param sha256 of the picture's file */
  async keep(sha256: string, square: Uint8Array): Promise<void> {
    this.made += square.byteLength;
    await this.cache.setAside(this.name(sha256), square);
  }

  /** Fills `into` with the square of a picture, once. @returns false when it is not on this machine */
  take(sha256: string, into: Uint8Array): boolean {
    return this.cache.takeAside(this.name(sha256), into);
  }

  private name(sha256: string): string {
    return `${this.names}/${sha256}`;
  }
}

/** For the network that the run has named; undefined for one that is chosen later, or is not of the zoo. */
export function squaresFor(cache: ContentCache, network: IngestInput['network']): SquaresAhead | undefined {
  if (network === undefined) return undefined;
  const { name, preprocess } = network;
  try {
    return new SquaresAhead(cache, inputSettings(getBackbone(name).input, preprocess));
  } catch {
    return undefined;
  }
}
