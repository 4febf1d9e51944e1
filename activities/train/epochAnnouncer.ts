/** Finished epochs, a few at a time: a head trains dozens of epochs a second, and each signal is an event in the history. */
import { mostRowsSent, thinned } from '../../contracts/spec/stages/epochTable.js';
import type { Epoch } from '../../contracts/spec/stages/training.js';
import type { EpochsSignal } from '../../contracts/run/workflowMessages.js';

/** Least milliseconds between two announcements. */
const leastInterval = 2_000;

/**
 * And the least share of the stage's time so far: announcements become rarer as a stage goes on, so that their number
 * grows with the logarithm of its length (a minute: 20; an hour: 90; a month: 240).
 */
const leastShare = 0.05;

export class EpochAnnouncer {
  private waiting: Epoch[] = [];
  private last = -Infinity;
  /** Seconds of the stage's epochs so far. */
  private elapsed = 0;

  constructor(
    private readonly stage: string,
    private readonly resumedFrom: EpochsSignal['resumedFrom'],
    private readonly send: (signal: EpochsSignal) => void,
    /** What the stage took before this attempt. Seconds. */
    secondsBefore = 0,
    private readonly now: () => number = Date.now,
  ) {
    this.elapsed = secondsBefore;
  }

  /** Sends the epoch now, or with a later one. The stage's result holds all of them, so none is lost at the end. */
  add(epoch: Epoch): void {
    this.waiting.push(epoch);
    this.elapsed += epoch.seconds;
    if (this.now() - this.last < Math.max(leastInterval, 1000 * leastShare * this.elapsed)) return;
    this.last = this.now();
    this.send({ stage: this.stage, epochs: thinned(this.waiting, mostRowsSent), resumedFrom: this.resumedFrom });
    this.waiting = [];
  }
}
