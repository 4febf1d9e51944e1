/** Our metrics in Temporal's own meter, so that one endpoint serves both. */
import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';
import { metrics, servedName, type Measure, type MetricDefinition, type MetricName } from '../contracts/metrics.js';

type Instrument = MetricCounter | MetricGauge | MetricHistogram;

/** @param meter without an exporter it drops everything, at next to no cost */
export function meteredBy(meter: MetricMeter): Measure {
  const instruments = new Map<MetricName, Instrument>();
  return (metric, value, labels) => {
    let instrument = instruments.get(metric);
    if (instrument === undefined) {
      instrument = create(meter, metrics[metric]);
      instruments.set(metric, instrument);
    }
    switch (instrument.kind) {
      case 'counter':
        return instrument.add(value, labels);
      case 'gauge':
        return instrument.set(value, labels);
      case 'histogram':
        return instrument.record(value, labels);
    }
  };
}

function create(meter: MetricMeter, { kind, name, help }: MetricDefinition): Instrument {
  // The unit is part of the name already: given as one, it would be added again.
  switch (kind) {
    case 'counter':
      return meter.createCounter(name, undefined, help);
    case 'gauge':
      return meter.createGauge(name, 'float', undefined, help);
    case 'histogram':
      return meter.createHistogram(name, 'float', undefined, help);
  }
}

/** Waiting for a device takes from milliseconds to a day; Temporal's own bounds end after a minute. Seconds. */
const waits = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

/** By the metric's name, for the exporter. */
export function histogramBuckets(): Record<string, number[]> {
  const own = Object.values(metrics).flatMap((metric): [string, number[]][] =>
    metric.kind === 'histogram' ? [[servedName(metric), [...metric.buckets]]] : [],
  );
  return {
    ...Object.fromEntries(own),
    activity_schedule_to_start_latency: waits,
    activity_execution_latency: waits,
  };
}
