/** Progress over several shards: what earlier shards did, plus how far the current one is. */
import type { Measure } from '../contracts/metrics.js';
import type { Progress } from '../contracts/training.js';

export class ShardProgress {
  private done = 0;
  private measured = 0;
  private before = 0;
  private readonly began = performance.now();

  constructor(
    private readonly stage: string,
    private readonly total: number,
    private readonly report: (progress: Progress) => void,
    private readonly measure: Measure,
  ) {}

  /** @param inShard images of the current shard that are done */
  at(inShard: number): void {
    const done = this.done + inShard;
    if (done > this.measured) {
      this.measure('images', done - this.measured, { stage: this.stage });
      this.measured = done;
    }
    const imagesPerSecond = (1000 * (done - this.before)) / Math.max(1, performance.now() - this.began);
    const secondsLeft = imagesPerSecond > 0 ? (this.total - done) / imagesPerSecond : undefined;
    this.report({
      stage: this.stage,
      done,
      total: this.total,
      unit: 'images',
      imagesPerSecond,
      ...(secondsLeft === undefined ? {} : { secondsLeft }),
    });
  }

  /** Images that an earlier attempt has done: they say nothing about how fast this one is. */
  found(images: number): void {
    this.before += images;
    this.done += images;
    this.measured += images;
  }

  finished(images: number): void {
    this.at(images);
    this.done += images;
  }
}
