/** What a run costs as its images become more: the same photos 1, 4, 16 times, each time on a stack of its own. */
import { enginesOf } from '../../test/stacks/processes.js';
import { StackForTests } from '../../test/stacks/stackForTests.js';
import { compare, type Measure } from '../measures/measures.js';
import { MemoryLog } from '../measures/memoryLog.js';
import { putCopies, type Photo } from '../imageFolders/photoCopies.js';

/** The default recipe, with few epochs: more of them would only repeat what one costs. */
const spec = { name: 'scale', head: { epochs: 2 }, fineTune: [{ epochs: 1 }] };
const source = 'scale';

export interface RunOfSize {
  factor: number;
  images: number;
  /** From the start of the workflow to its end. */
  seconds: number;
  /** Megabytes, by process. */
  peaks: Record<string, number>;
  /** Megabytes written to the bucket beside the images. */
  written: number;
  stages: Record<string, number>;
}

export async function runGrowing(photos: readonly Photo[], factors: readonly number[]): Promise<RunOfSize[]> {
  const runs: RunOfSize[] = [];
  for (const factor of factors) {
    runs.push(await runOfSize(photos, factor));
    const { images, seconds } = runs.at(-1) ?? { images: 0, seconds: 0 };
    process.stderr.write(`×${factor}: ${images} images, ${seconds.toFixed(0)} s\n`);
  }
  return runs;
}

async function runOfSize(photos: readonly Photo[], factor: number): Promise<RunOfSize> {
  const stack = await StackForTests.start();
  try {
    const { graftwork } = stack;
    const images = photos.length * factor;
    await putCopies(graftwork.store, source, photos, [0, images]);
    const memory = MemoryLog.start(async () => {
      const { workers } = await stack.state();
      const pids = Object.entries(workers).map(([pool, { pid }]): [string, number] => [`${pool} worker`, pid]);
      const [engine] = await enginesOf(workers.gpu.pid);
      return new Map(engine === undefined ? pids : [...pids, ['engine', engine]]);
    }, 500);
    const run = await graftwork.train(graftwork.store.uri(source), { spec });
    const { seconds, stages } = await run.result();
    const courses = Object.entries(await memory.stop());
    return {
      factor,
      images,
      seconds,
      peaks: Object.fromEntries(courses.map(([name, { peak }]) => [name, peak])),
      written: await megabytesBeside(stack),
      stages: Object.fromEntries(stages.map((stage) => [stage.name, stage.seconds])),
    };
  } finally {
    await stack.stop();
  }
}

async function megabytesBeside({ graftwork }: StackForTests): Promise<number> {
  let bytes = 0;
  for await (const { key, size } of graftwork.store.list()) if (!key.startsWith(`${source}/`)) bytes += size;
  return bytes / 1e6;
}

/** The largest run against the one before it for time and bytes, against the smallest for memory. */
export function measuresOf(runs: readonly RunOfSize[]): Measure[] {
  const [smallest] = runs;
  const [before, largest] = runs.slice(-2);
  if (smallest === undefined || before === undefined || largest === undefined) return [];
  const against = (name: string, ours: number, peer: number, unit: string): Measure =>
    compare(name, { ours: [ours], peer: [peer] }, unit, 'ours ÷ peer');
  const steps = `×${largest.factor} ÷ ×${before.factor}`;
  return [
    against(`time, ${steps}`, largest.seconds, before.seconds, 's'),
    ...Object.entries(largest.peaks).map(([process, peak]) =>
      against(
        `peak memory of the ${process}, ×${largest.factor} ÷ ×${smallest.factor}`,
        peak,
        smallest.peaks[process] ?? Number.NaN,
        'MB',
      ),
    ),
    against(`written to the bucket, ${steps}`, largest.written, before.written, 'MB'),
  ];
}
