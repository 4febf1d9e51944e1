/** A real S3 server: SeaweedFS with all its parts in one process. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnedProcess } from '../ownedProcess.js';
import type { S3Keys } from './s3Keys.js';
import { waitUntil } from '../waitUntil.js';

/**
 * How long an answer is waited for, in milliseconds, a fifth longer each time: asking again is quicker than waiting for an
 * answer that a starting part holds back, but a busy machine may take longer for any.
 */
const [leastPatience, mostPatience] = [500, 8_000];

const services = ['master', 'volume', 'filer', 's3', 'admin'] as const;

/** Each of the five services takes a port for HTTP and one for gRPC. */
export const s3PortNames = services.flatMap((service) => [service, `${service}Grpc`] as const);
export type S3Ports = Record<(typeof s3PortNames)[number], number>;

export const s3Region = 'us-east-1';

/** Of 19: a tenth of what the scheduler gives a process without. */
const niceness = 10;

export interface S3Options {
  /** SeaweedFS's `weed`. */
  program: string;
  /** Holds the data. */
  folder: string;
  log: string;
  ports: S3Ports;
  keys: S3Keys;
  /** Created when it does not exist. */
  bucket: string;
  /** A file with identities and policies, as SeaweedFS reads it; the keys count only if they stand in it. */
  config?: string;
  /** Called with its process id as soon as it runs. */
  onStart?: (pid: number) => void;
}

/** @throws StackError when it does not come up */
export async function startS3(options: S3Options): Promise<OwnedProcess> {
  const { program, folder, log, ports, keys, bucket, config, onStart } = options;
  mkdirSync(folder, { recursive: true });
  const internalLogs = join(folder, 'logs');
  mkdirSync(internalLogs, { recursive: true });
  removeSockets(ports);
  const server = new OwnedProcess({
    name: 'S3 server',
    program: 'nice',
    args: [
      ...['-n', String(niceness), program],
      ...[`-logdir=${internalLogs}`, 'mini', `-dir=${folder}`, `-bucket=${bucket}`],
      ...['-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-admin.ui=false', '-webdav=false', '-master.telemetry=false'],
      ...['-s3.port.iceberg=0', '-s3.port.lance=0'],
      ...(config === undefined ? [] : [`-s3.config=${config}`]),
      // Relative to the working folder: a socket's path may have 107 bytes at most.
      ...['-filer.localSocket=filer.sock', '-s3.localSocket=s3.sock'],
      ...services.flatMap((service) => [
        `-${service}.port=${ports[service]}`,
        `-${service}.port.grpc=${ports[`${service}Grpc`]}`,
      ]),
    ],
    env: {
      // Its own HOME: weed also reads settings from the user's.
      ...{ PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
      ...{ AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey },
    },
    cwd: folder,
    log,
    ...(onStart === undefined ? {} : { onStart }),
  });
  yieldToTraining(server.pid);
  void server.exited.then(() => removeSockets(ports));
  let patience = leastPatience;
  try {
    await waitUntil(server, () => takesWrites(ports, bucket, (patience = Math.min(mostPatience, patience * 1.2))));
  } catch (error) {
    await server.kill();
    throw error;
  }
  return server;
}

/** The gateway answers before the bucket is there, and the bucket before a volume takes data: all three are asked. */
async function takesWrites(ports: S3Ports, bucket: string, patience: number): Promise<boolean> {
  const [gateway, folder, volume] = await Promise.all([
    ask(ports.s3, '/healthz', patience),
    ask(ports.filer, `/buckets/${bucket}/?limit=1`, patience),
    ask(ports.master, `/dir/assign?collection=${bucket}`, patience),
  ]);
  return gateway.ok && folder.ok && volume.ok && (await volume.text()).includes('"fid"');
}

function ask(port: number, path: string, patience: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(patience),
  });
}

/**
 * Here the store shares the cores with training, which goes first. `nice` alone says so only where the scheduler does not
 * group processes by session (sched(7), autogroup).
 */
function yieldToTraining(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // No Linux, or no such grouping.
  }
}

/** SeaweedFS puts a socket per service at a fixed place; after a SIGKILL they stay behind. */
function removeSockets(ports: S3Ports): void {
  for (const service of services) {
    rmSync(`/tmp/seaweedfs-${service}-grpc-${ports[`${service}Grpc`]}.sock`, { force: true });
  }
}
