/** Measurements of the engine process, on their way to its worker, which serves them. */
import { metrics, type Measure, type Sample } from '../../contracts/metrics.js';

/** Counters are added up until they are sent; a head on cached features makes thousands of steps a second. Milliseconds. */
const sendEvery = 1_000;

export class ReportedMeasures {
  private waiting: Sample[] = [];
  private readonly sums = new Map<string, Sample>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: (samples: Sample[]) => void) {}

  readonly measure: Measure = (metric, value, labels) => {
    const sample: Sample = { metric, value, labels };
    if (metrics[metric].kind === 'counter') this.add(sample);
    else this.waiting.push(sample);
    this.timer ??= setTimeout(() => this.flush(), sendEvery).unref();
  };

  private add(sample: Sample): void {
    const key = `${sample.metric} ${JSON.stringify(sample.labels)}`;
    const sum = this.sums.get(key);
    if (sum === undefined) {
      this.sums.set(key, sample);
      this.waiting.push(sample);
    } else sum.value += sample.value;
  }

  /** Sends what waits, now. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting.length === 0) return;
    this.send(this.waiting);
    this.waiting = [];
    this.sums.clear();
  }
}
