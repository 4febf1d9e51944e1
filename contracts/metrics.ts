/**
 * The metrics Graftwork makes itself, by name. They are served beside Temporal's own under GRAFTWORK_METRICS_ADDRESS.
 * Labels have few values each: a run's id is in logs and traces, never here.
 */
interface Counter {
  kind: 'counter';
  /** Without `_total`, which is added where it is served. */
  name: string;
  labels: readonly string[];
  help: string;
}
interface Gauge {
  kind: 'gauge';
  name: string;
  labels: readonly string[];
  help: string;
}
interface Histogram {
  kind: 'histogram';
  name: string;
  labels: readonly string[];
  help: string;
  /** Upper bounds, ascending. */
  buckets: readonly number[];
}
export type MetricDefinition = Counter | Gauge | Histogram;

export const metrics = {
  images: {
    kind: 'counter',
    name: 'graftwork_images',
    labels: ['stage'],
    help: 'Images processed. In training an image counts once per epoch, in featurisation once per view.',
  },
  step: {
    kind: 'histogram',
    name: 'graftwork_training_step_seconds',
    labels: ['stage'],
    help: 'One training step: forward, backward, update.',
    // From a head on cached features to a large batch through a deep network on a CPU.
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  cacheReads: {
    kind: 'counter',
    name: 'graftwork_cache_reads',
    labels: ['kind', 'outcome'],
    help: "Objects read through the local cache, by the first part of the object's key: hit (on disk) or miss (fetched).",
  },
  results: {
    kind: 'counter',
    name: 'graftwork_results',
    labels: ['stage', 'outcome'],
    help: 'Results looked up at their content key: found (an earlier run made them) or made.',
  },
  checkpointSeconds: {
    kind: 'histogram',
    name: 'graftwork_checkpoint_seconds',
    labels: [],
    help: 'Time from the copy of the tensors to the manifest in the bucket. Training goes on meanwhile.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  checkpointBytes: {
    kind: 'counter',
    name: 'graftwork_checkpoint_bytes',
    labels: [],
    help: 'Size of stored checkpoints, in bytes.',
  },
  checkpointFailures: {
    kind: 'counter',
    name: 'graftwork_checkpoint_failures',
    labels: [],
    help: 'Checkpoints that were not stored. Training went on and offers a newer one.',
  },
  checkpointAge: {
    kind: 'gauge',
    name: 'graftwork_checkpoint_age_seconds',
    labels: ['slot'],
    help: 'Training time that a slot would lose if it died now: since its last checkpoint, or since the first step. 0 while it trains nothing.',
  },
  slots: {
    kind: 'gauge',
    name: 'graftwork_engine_slots',
    labels: [],
    help: 'Engine slots of the worker: one per device.',
  },
  busySlots: {
    kind: 'gauge',
    name: 'graftwork_engine_slots_busy',
    labels: [],
    help: 'Engine slots that have a job.',
  },
  engineEnds: {
    kind: 'counter',
    name: 'graftwork_engine_ends',
    labels: ['reason'],
    help: 'Engine processes that ended during a job and are replaced: died, hung, out-of-memory, stopped (too slowly).',
  },
  failures: {
    kind: 'counter',
    name: 'graftwork_activity_failures',
    labels: ['activity', 'code'],
    help: "Attempts of activities that failed, by Graftwork's error code. GW_PREEMPTED means that the worker was asked to stop.",
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;
export type MetricLabels<Name extends MetricName> = Record<(typeof metrics)[Name]['labels'][number], string>;

/** Adds to a counter, sets a gauge, records a value of a histogram. */
export type Measure = <Name extends MetricName>(metric: Name, value: number, labels: MetricLabels<Name>) => void;

/** As one call of {@link Measure}, to be sent to another process. */
export interface Sample {
  metric: MetricName;
  value: number;
  labels: Record<string, string>;
}

/** The name under which Prometheus sees a metric. */
export function servedName({ kind, name }: MetricDefinition): string {
  return kind === 'counter' ? `${name}_total` : name;
}
