/** What many keys cost: listed, looked into, versioned, planned with; each step in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startS3Server } from '../../test/s3/s3Server.js';
import type { IngestReport } from './ingestProcess.js';
import { compare, type Measure } from '../measures/measures.js';
import { putCopies, readPhotos } from '../imageFolders/photoCopies.js';

/** Megabytes that the ingest of 200,000 keys may take. */
const memoryLimit = 512;
/** Side of the pictures: the bench is about their number. */
const side = 32;

const program = fileURLToPath(new URL('./ingestProcess.js', import.meta.url));

export interface ManyKeys {
  measures: Measure[];
  /** By step. */
  steps: Record<string, IngestReport>;
}

/** @param folder of photos, which are reduced to about 1 kB each and repeated under distinct bytes */
export async function measureManyKeys(folder: string, count: number): Promise<ManyKeys> {
  const server = await startS3Server();
  try {
    const photos = await readPhotos(folder, side);
    const put = (from: number, to: number): Promise<void> =>
      putCopies(server.store, 'keys', photos, [from, to], (done) => {
        if (done % 20_000 === 0) say(`${done} of ${to - from} put`);
      });
    const step = (what: 'ingest' | 'plan'): Promise<IngestReport> =>
      inProcess(what, server.store.uri('keys'), server.variables);

    await put(0, count);
    say('ingesting');
    const steps: Record<string, IngestReport> = { first: await step('ingest') };
    say('ingesting again, nothing changed');
    steps.unchanged = await step('ingest');
    say('planning a run');
    steps.planned = await step('plan');
    await put(count, count + Math.ceil(count / 100));
    say('ingesting with 1 % new images');
    steps.grown = await step('ingest');
    return { measures: measuresOf(count, steps), steps };
  } finally {
    await server.stop();
  }
}

function measuresOf(count: number, steps: Record<string, IngestReport>): Measure[] {
  const keys = `${count.toLocaleString('en')} keys`;
  const seconds = (name: string): number => steps[name]?.seconds ?? Number.NaN;
  const peak = (name: string): number => steps[name]?.memory.peak ?? Number.NaN;
  const against = (name: string, ours: number, peer: number, unit: string): Measure =>
    compare(`${keys}: ${name}`, { ours: [ours], peer: [peer] }, unit, 'ours ÷ peer');
  return [
    against(`peak memory, ingest ÷ the limit of ${memoryLimit} MB`, peak('first'), memoryLimit, 'MB'),
    against(`peak memory, plan and image list ÷ the limit of ${memoryLimit} MB`, peak('planned'), memoryLimit, 'MB'),
    against('time, nothing changed ÷ first ingest', seconds('unchanged'), seconds('first'), 's'),
    against('time, 1 % new images ÷ first ingest', seconds('grown'), seconds('first'), 's'),
  ];
}

async function inProcess(what: string, uri: string, variables: Record<string, string>): Promise<IngestReport> {
  const running = promisify(execFile)(process.execPath, [program, what, uri], {
    env: { ...process.env, ...variables },
  });
  running.child.stderr?.pipe(process.stderr);
  return JSON.parse((await running).stdout) as IngestReport;
}

function say(line: string): void {
  process.stderr.write(`keys: ${line}\n`);
}
