/** One bucket of the S3 server in memory: its objects, and what S3 promises of them. */
import { createHash, randomUUID } from 'node:crypto';

export interface MemoryObject {
  bytes: Buffer;
  /** With its quotes. */
  etag: string;
  /** In whole seconds. */
  modified: Date;
}

export interface Conditions {
  IfMatch?: string;
  IfNoneMatch?: string;
}

interface UnfinishedUpload {
  key: string;
  begun: Date;
  parts: Map<number, Buffer>;
}

/** An answer that is no success, as the SDK throws it. */
export class S3Refusal extends Error {
  constructor(
    name: string,
    readonly status: number,
  ) {
    super(name);
    this.name = name;
  }
}

export class MemoryBucket {
  private readonly objects = new Map<string, MemoryObject>();
  private readonly unfinished = new Map<string, UnfinishedUpload>();
  /** Keys in order; undefined when one was added or deleted since. */
  private sorted: string[] | undefined;

  /** @param now the store's clock, in milliseconds since 1970 */
  constructor(private readonly now: () => number) {}

  /** @throws S3Refusal 404 */
  get(key: string, { IfMatch }: Conditions = {}): MemoryObject {
    const found = this.objects.get(key);
    if (found === undefined) throw new S3Refusal('NoSuchKey', 404);
    if (IfMatch !== undefined && IfMatch !== found.etag) throw new S3Refusal('PreconditionFailed', 412);
    return found;
  }

  find(key: string): MemoryObject | undefined {
    return this.objects.get(key);
  }

  /**
   * @param parts of an upload in parts, which has another etag than the same bytes at once
   * @returns the etag
   * @throws S3Refusal 412; 404 for `If-Match` where there is no object
   */
  put(key: string, bytes: Buffer, { IfMatch, IfNoneMatch }: Conditions = {}, parts?: number): string {
    if (IfMatch !== undefined) this.get(key, { IfMatch });
    if (IfNoneMatch === '*' && this.objects.has(key)) throw new S3Refusal('PreconditionFailed', 412);
    if (!this.objects.has(key)) this.sorted = undefined;
    const etag = parts === undefined ? etagOf(bytes) : etagOf(bytes).replace(/"$/, `-${parts}"`);
    this.objects.set(key, { bytes, etag, modified: this.wholeSecond() });
    return etag;
  }

  delete(key: string): void {
    if (this.objects.delete(key)) this.sorted = undefined;
  }

  /** In the order of keys. */
  keys(): readonly string[] {
    return (this.sorted ??= [...this.objects.keys()].sort());
  }

  beginUpload(key: string): string {
    const id = randomUUID();
    this.unfinished.set(id, { key, begun: this.wholeSecond(), parts: new Map() });
    return id;
  }

  /** @returns the part's etag @throws S3Refusal 404 */
  addPart(id: string, number: number, bytes: Buffer): string {
    this.upload(id).parts.set(number, bytes);
    return etagOf(bytes);
  }

  /** @returns the object's etag @throws S3Refusal as `put` */
  completeUpload(id: string, numbers: readonly number[], conditions: Conditions): string {
    const { key, parts } = this.upload(id);
    const bytes = numbers.map((number) => {
      const part = parts.get(number);
      if (part === undefined) throw new S3Refusal('InvalidPart', 400);
      return part;
    });
    const etag = this.put(key, Buffer.concat(bytes), conditions, bytes.length);
    this.unfinished.delete(id);
    return etag;
  }

  abortUpload(id: string): void {
    if (!this.unfinished.delete(id)) throw new S3Refusal('NoSuchUpload', 404);
  }

  uploads(): { id: string; key: string; begun: Date }[] {
    return [...this.unfinished].map(([id, { key, begun }]) => ({ id, key, begun }));
  }

  private upload(id: string): UnfinishedUpload {
    const upload = this.unfinished.get(id);
    if (upload === undefined) throw new S3Refusal('NoSuchUpload', 404);
    return upload;
  }

  private wholeSecond(): Date {
    return new Date(Math.floor(this.now() / 1000) * 1000);
  }
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
