/** Progress over several shards: what earlier shards did, plus how far the current one is. */
import type { Measure } from '../../contracts/metrics.js';
import type { Progress } from '../../contracts/spec/stages/training.js';

export class ShardProgress {
  /** Pictures that are done. */
  private done = 0;
  /** The same, each counted as often as the network looks at it. */
  private looks = 0;
  private measured = 0;
  private readonly before = { done: 0, looks: 0 };
  private readonly began = performance.now();

  /**
   * @param total pictures in all
   * @param totalLooks of the network at them, where it looks at some more than once
   */
  constructor(
    private readonly stage: string,
    private readonly total: number,
    private readonly report: (progress: Progress) => void,
    private readonly measure: Measure,
    private readonly totalLooks: number = total,
  ) {}

  /**
   * @param inShard looks at pictures of the current shard that are done
   * @param views looks at each of its pictures
   */
  at(inShard: number, views = 1): void {
    const looks = this.looks + inShard;
    const done = this.done + Math.floor(inShard / views);
    if (looks > this.measured) {
      this.measure('images', looks - this.measured, { stage: this.stage });
      this.measured = looks;
    }
    const seconds = Math.max(1, performance.now() - this.began) / 1000;
    const looksPerSecond = (looks - this.before.looks) / seconds;
    this.report({
      stage: this.stage,
      done,
      total: this.total,
      unit: 'images',
      imagesPerSecond: (done - this.before.done) / seconds,
      ...(looksPerSecond > 0 ? { secondsLeft: (this.totalLooks - looks) / looksPerSecond } : {}),
    });
  }

  /** Pictures that an earlier attempt has done, or another run: they say nothing about how fast this one is. */
  found(pictures: number, views = 1): void {
    this.before.done += pictures;
    this.before.looks += pictures * views;
    this.done += pictures;
    this.looks += pictures * views;
    this.measured += pictures * views;
  }

  /** A shard of so many pictures is done. */
  finished(pictures: number, views = 1): void {
    this.at(pictures * views, views);
    this.done += pictures;
    this.looks += pictures * views;
  }
}
