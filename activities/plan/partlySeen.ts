/** Pictures of which the network sees less than half, because its square is cut from their centre. */
import type { ImageEntry, PictureExamples } from '../../contracts/data/dataset.js';
import type { InputSettings } from '../../contracts/spec/plan.js';
import { shownShare, type Size } from '../../learning/images/cropGeometry.js';

/** Share of a picture's area below which it is counted. */
const enough = 0.5;

/** Paths that stand for many. */
const mostExamples = 3;

export function isPartlySeen(image: Size, input: Pick<InputSettings, 'resize' | 'crop' | 'fit'>): boolean {
  return shownShare(image, input) < enough;
}

export class PartlySeen {
  private count = 0;
  private readonly examples: string[] = [];

  constructor(private readonly input: Pick<InputSettings, 'resize' | 'crop' | 'fit'>) {}

  add(image: Pick<ImageEntry, 'path' | 'width' | 'height'>): void {
    if (!isPartlySeen(image, this.input)) return;
    this.count += 1;
    if (this.examples.length < mostExamples) this.examples.push(image.path);
  }

  /** Undefined where there are none. */
  get found(): PictureExamples | undefined {
    return this.count === 0 ? undefined : { count: this.count, examples: [...this.examples] };
  }
}
