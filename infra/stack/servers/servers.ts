/** Temporal and S3 as a pair, started in this process: the supervisor's and the tests' way to real servers. */
import { join } from 'node:path';
import { checkout, toolPath } from '../checkout.js';
import { environmentOf } from '../environment.js';
import type { OwnedProcess } from '../ownedProcess.js';
import { holdPorts, lastPort, type HeldPorts } from '../ports.js';
import { s3KeysOf } from './s3Keys.js';
import type { S3Keys } from './s3Keys.js';
import { s3PortNames, s3Region, startS3 } from './s3Server.js';
import type { S3Ports } from './s3Server.js';
import { graftworkSearchAttributes } from './searchAttributes.js';
import { startTemporal, temporalNamespace, temporalPortNames } from './temporalServer.js';
import type { SearchAttributes, TemporalPorts } from './temporalServer.js';

export type ServerName = 'temporal' | 's3';

export interface ServersOptions {
  /** Holds data, keys and logs; the next start with the same folder goes on with them. Absolute. */
  directory: string;
  /** Where the tools are, if not in the checkout. */
  home?: string;
  /** @default 'graftwork' */
  bucket?: string;
  /** Created at every boot if missing. @default Graftwork's own */
  searchAttributes?: SearchAttributes;
  /** Identities and policies of the S3 server: see `S3Options.config`. @default the keys alone, for everything */
  s3Config?: string;
  /** Called with the id of each server's process as soon as it runs. */
  onStart?: (pid: number) => void;
}

/** How long a server may take to stop before it is killed, in milliseconds. */
const grace = 8_000;

export class Servers implements AsyncDisposable {
  readonly bucket: string;
  readonly keys: S3Keys;
  private readonly options: ServersOptions;
  private readonly ports: TemporalPorts & S3Ports;
  private readonly releasePorts: () => Promise<void>;
  private readonly processes = new Map<ServerName, OwnedProcess>();

  constructor(options: ServersOptions, { ports, release }: HeldPorts<keyof (TemporalPorts & S3Ports)>) {
    this.options = options;
    this.ports = ports;
    this.releasePorts = release;
    this.bucket = options.bucket ?? 'graftwork';
    this.keys = s3KeysOf(join(options.directory, 's3-keys.json'));
  }

  /** `host:port` of Temporal's gRPC service. */
  get temporalAddress(): string {
    return `127.0.0.1:${this.ports.temporal}`;
  }

  get uiUrl(): string {
    return `http://127.0.0.1:${this.ports.temporalUi}`;
  }

  /** Where the UI looks for a codec server (`graftwork codec-server`); undefined while payloads are not encrypted. */
  get codecPort(): number | undefined {
    const { GRAFTWORK_CODEC_KEYS: keys, GRAFTWORK_CODEC_KEYS_FILE: file } = process.env;
    return keys || file ? lastPort(this.options.directory) : undefined;
  }

  get s3Endpoint(): string {
    return `http://127.0.0.1:${this.ports.s3}`;
  }

  /** The variables with which the SDKs find these servers. */
  get environment(): Record<string, string> {
    return environmentOf({
      home: this.options.directory,
      temporal: { address: this.temporalAddress, namespace: temporalNamespace },
      s3: { endpoint: this.s3Endpoint, region: s3Region, bucket: this.bucket, ...this.keys },
    });
  }

  /** The running process of a server. */
  process(name: ServerName): OwnedProcess | undefined {
    const found = this.processes.get(name);
    return found?.running === true ? found : undefined;
  }

  logOf(name: ServerName): string {
    return join(this.options.directory, 'logs', `${name}.log`);
  }

  /**
   * Starts one server, at the same address as before and on the data it left, and waits until it serves.
   * @throws StackError when it does not come up
   */
  async start(name: ServerName): Promise<OwnedProcess> {
    const running = this.process(name);
    if (running !== undefined) return running;
    const { directory, home = join(checkout, '.graftwork'), searchAttributes, s3Config, onStart } = this.options;
    const shared = {
      folder: join(directory, name),
      log: this.logOf(name),
      ports: this.ports,
      ...(onStart === undefined ? {} : { onStart }),
    };
    const started =
      name === 'temporal'
        ? await startTemporal({
            ...shared,
            program: toolPath(home, 'temporal'),
            searchAttributes: searchAttributes ?? graftworkSearchAttributes,
            ...(this.codecPort === undefined ? {} : { codecEndpoint: `http://127.0.0.1:${this.codecPort}` }),
          })
        : await startS3({
            ...shared,
            program: toolPath(home, 'weed'),
            keys: this.keys,
            bucket: this.bucket,
            ...(s3Config === undefined ? {} : { config: s3Config }),
          });
    this.processes.set(name, started);
    return started;
  }

  /** SIGKILL, as in a crash. */
  async kill(name: ServerName): Promise<void> {
    await this.process(name)?.kill();
  }

  /** Stops a server politely (if it runs) and starts it again on its data. */
  async restart(name: ServerName): Promise<void> {
    await this.process(name)?.stop(grace);
    await this.start(name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((server) => server.stop(grace)));
    await this.releasePorts();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Servers with free ports of 127.0.0.1, which are theirs until they end, for the caller to start one by one. */
export async function prepareServers(options: ServersOptions): Promise<Servers> {
  return new Servers(options, await holdPorts([...temporalPortNames, ...s3PortNames], options.directory));
}

/**
 * Starts real servers and waits until they serve. They end with `stop()`, at the end of an `await using` block, or when this
 * process dies.
 * @throws StackError when one does not come up
 */
export async function startServers(options: ServersOptions & Partial<Record<ServerName, boolean>>): Promise<Servers> {
  const { temporal = true, s3 = true } = options;
  const servers = await prepareServers(options);
  try {
    await Promise.all([temporal && servers.start('temporal'), s3 && servers.start('s3')]);
  } catch (error) {
    await servers.stop();
    throw error;
  }
  return servers;
}
