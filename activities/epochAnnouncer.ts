/** Finished epochs, a few at a time: a head trains dozens of epochs a second, and each signal is an event in the history. */
import type { Epoch } from '../contracts/training.js';
import type { EpochsSignal } from '../contracts/workflowMessages.js';

/** Least milliseconds between two announcements. */
const announceInterval = 2_000;

export class EpochAnnouncer {
  private waiting: Epoch[] = [];
  private last = -Infinity;

  constructor(
    private readonly stage: string,
    private readonly resumedFrom: EpochsSignal['resumedFrom'],
    private readonly send: (signal: EpochsSignal) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Sends the epoch now, or with the next one. The stage's result holds all of them, so none is lost at the end. */
  add(epoch: Epoch): void {
    this.waiting.push(epoch);
    if (this.now() - this.last < announceInterval) return;
    this.last = this.now();
    this.send({ stage: this.stage, epochs: this.waiting, resumedFrom: this.resumedFrom });
    this.waiting = [];
  }
}
