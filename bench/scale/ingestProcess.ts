/**
 * One ingest, and the plan of a run over what it found, in a process of its own, so that its peak of memory is theirs
 * alone. Started by `bench scale`.
 *
 *   node ingestProcess.js ingest|plan <s3://bucket/prefix>
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestDataset } from '../../activities/ingest/ingestDataset.js';
import { planRun } from '../../activities/plan/planRun.js';
import { readSplits } from '../../activities/plan/splitImages.js';
import { readPlan } from '../../activities/plan/planStore.js';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import { dependenciesFor } from '../../test/fixtures/dependencies.js';
import { memoryOf } from '../measures/processMemory.js';

export interface IngestReport {
  version: string;
  images: number;
  reused: boolean;
  /** Images that were looked into. */
  read: number;
  seconds: number;
  /** Megabytes before the work and at its peak. */
  memory: { before: number; peak: number };
}

const [, , what, uri = ''] = process.argv;
const spec = resolveSpec({ name: 'scale', dataset: { uri } });
const store = new ObjectStore(parseS3Uri(uri).bucket);
const folder = await mkdtemp(join(tmpdir(), 'graftwork-scale-'));
try {
  const dependencies = dependenciesFor(store, folder);
  const { now: before } = await memoryOf(process.pid);
  const began = performance.now();
  const { signal } = new AbortController();
  let known: number | undefined;
  let done = 0;
  const progress = (update: { done: number; total: number }): void => {
    known ??= update.done;
    done = update.done;
    if (done % 5000 === 0) process.stderr.write(`  ${done} of ${update.total} images looked into\n`);
  };
  const dataset = await ingestDataset(dependencies, { dataset: spec.dataset, seed: spec.seed }, { progress, signal });
  if (what === 'plan') {
    const { digest } = await planRun(dependencies, { spec, dataset }, { signal });
    await readSplits(dependencies, await readPlan(dependencies.cache, digest), signal);
  }
  const { train, validation, test } = dataset.counts;
  const report: IngestReport = {
    version: dataset.version,
    images: train + validation + test,
    reused: dataset.reused,
    read: done - (known ?? 0),
    seconds: (performance.now() - began) / 1000,
    memory: { before, peak: (await memoryOf(process.pid)).peak },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
