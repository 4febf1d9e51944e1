/**
 * Objects of one bucket: bytes and JSON in and out, conditional writes, listing. Everything that fails does so as a
 * GraftworkError with a GW_S3_… code that names the bucket, the key or the endpoint.
 */
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { bucketExists, ensureBucket, requireBucket } from '../s3/bucketPresence.js';
import { BucketRequests } from '../s3/bucketRequests.js';
import { conditionalWrite } from '../s3/conditionalWrite.js';
import { listObjects, listUnfinishedUploads } from '../s3/listings.js';
import { frugal, multipartThreshold, multipartUpload, type WriteParameters } from '../s3/multipartUpload.js';
import type { GetOptions, ListedObject, ObjectFacts, PutOptions, UnfinishedUpload } from '../s3/objectFacts.js';
import { bareEtag } from '../s3/objectFacts.js';
import type { Patience } from '../s3/patience.js';
import { readObject } from '../s3/readObject.js';
import { s3Connection, type S3Connection } from '../s3/s3Connection.js';
import { isMissingObject } from '../s3/s3Errors.js';
import { readPieces, readWhole, requireRegularFile } from './localFile.js';
import { sealedJson } from './seal.js';
import { openSealedJson } from './storedJson.js';
import { undefinedIfMissing } from './undefinedIfMissing.js';

/** Sends a body and returns the etag as on the wire. */
type Send = (client: S3Client, parameters: WriteParameters) => Promise<string | undefined>;

export class ObjectStore {
  readonly bucket: string;
  readonly connection: S3Connection;
  readonly patience: Patience;
  private readonly requests: BucketRequests;

  /**
   * @param connection the process's shared one by default
   * @param patience how long a store that is away is waited for; by default no longer than the SDK does, some seconds: a
   * person is waiting
   */
  constructor(bucket: string, connection: S3Connection = s3Connection(), patience: Patience = { limit: 0 }) {
    this.bucket = bucket;
    this.connection = connection;
    this.patience = patience;
    this.requests = new BucketRequests(bucket, connection, patience);
  }

  /** Another bucket through the same client. */
  at(bucket: string): ObjectStore {
    return new ObjectStore(bucket, this.connection, this.patience);
  }

  uri(key: string): string {
    return this.requests.uri(key);
  }

  /**
   * The whole object.
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CONFLICT (worth trying again) when it is not the one of `ifMatch`;
   * GW_OBJECT_TOO_LARGE when it has more bytes than `most`
   */
  async get(key: string, options: GetOptions = {}): Promise<Buffer> {
    return this.read(key, undefined, options);
  }

  /** Bytes `start` (inclusive) to `end` (exclusive, ≤ the object's size). */
  async getRange(key: string, start: number, end: number, options: GetOptions = {}): Promise<Buffer> {
    if (!(start >= 0 && end > start)) throw new RangeError(`range ${start}–${end} of ${this.uri(key)} is empty`);
    const bytes = await this.read(key, `bytes=${start}-${end - 1}`, options);
    if (bytes.length === end - start) return bytes;
    throw new GraftworkError('GW_CORRUPT', `${this.uri(key)} has only ${start + bytes.length} of ${end} bytes.`);
  }

  /** The whole object, or undefined when there is none. */
  async getIfPresent(key: string, options: GetOptions = {}): Promise<Buffer | undefined> {
    return this.get(key, options).catch(undefinedIfMissing);
  }

  /**
   * What `putJson` wrote, checked.
   * @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when a byte of it has changed since, or a field does not fit
   */
  async getJson<T>(key: string, schema: z.ZodType<T>): Promise<T> {
    return openSealedJson(key, await this.get(key), schema, this.uri(key));
  }

  async getJsonIfPresent<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.getJson(key, schema).catch(undefinedIfMissing);
  }

  /** Size, etag and digest, or undefined when there is no such object. */
  async head(key: string): Promise<ObjectFacts | undefined> {
    return this.requests.make(`look up ${this.uri(key)}`, async (client) => {
      try {
        const answer = await client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
        const sha256 = answer.Metadata?.sha256;
        const facts = { key, size: answer.ContentLength ?? 0, etag: bareEtag(answer.ETag) };
        return sha256 === undefined ? facts : { ...facts, sha256 };
      } catch (thrown) {
        if (isMissingObject(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.head(key)) !== undefined;
  }

  /**
   * Writes an object and returns its etag; bodies above 32 MiB go up in parts.
   * @throws GraftworkError GW_CONFLICT when the condition does not hold
   */
  async put(key: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<string> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const send: Send = async (client, parameters) =>
      body.byteLength > multipartThreshold
        ? multipartUpload(client, parameters, body)
        : (await client.send(new PutObjectCommand({ ...parameters, Body: body }))).ETag;
    return this.write(key, options, send, body);
  }

  /** An object (no list) as JSON, sealed: damage is found when it is read. */
  async putJson(key: string, value: object, options: PutOptions = {}): Promise<string> {
    return this.put(key, sealedJson(key, value), { contentType: 'application/json', ...options });
  }

  /**
   * Writes a file's content; a large file is streamed, never held in memory.
   * @throws GraftworkError GW_SOURCE_CHANGED when the content is not that of `sha256`: then nothing is written; GW_SOURCE_UNREADABLE
   */
  async putFile(key: string, path: string, options: PutOptions = {}): Promise<string> {
    if ((await requireRegularFile(path)) <= multipartThreshold)
      return this.put(key, await readWhole(path, options.sha256), options);
    return this.write(key, options, (client, parameters) =>
      multipartUpload(client, parameters, readPieces(path, options.sha256)),
    );
  }

  /**
   * Writes what is made as it goes, without ever holding the whole.
   * @param pieces called for each attempt, to make the very same ones
   */
  async putPieces(key: string, pieces: () => Iterable<Uint8Array>, options: PutOptions = {}): Promise<string> {
    const body = () => Readable.from(pieces(), { objectMode: false });
    return this.write(key, options, (client, parameters) => multipartUpload(client, parameters, body(), frugal));
  }

  /** Objects whose keys begin with `prefix`, in key order, a page at a time. */
  list(prefix = '', signal?: AbortSignal): AsyncGenerator<ListedObject> {
    return listObjects(this.requests, prefix, signal);
  }

  /** Uploads in parts that were begun and neither completed nor given up: their parts take room, and no listing shows them. */
  unfinishedUploads(): AsyncGenerator<UnfinishedUpload> {
    return listUnfinishedUploads(this.requests);
  }

  async giveUpUpload({ key, id }: UnfinishedUpload): Promise<void> {
    await this.requests.make(`abort an upload to ${this.uri(key)}`, (client) =>
      client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: id })),
    );
  }

  /** Deleting what is not there is no error. */
  async delete(key: string): Promise<void> {
    await this.requests.make(`delete ${this.uri(key)}`, (client) =>
      client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })),
    );
  }

  /** Whether the bucket exists and may be used. */
  async bucketExists(): Promise<boolean> {
    return bucketExists(this.requests);
  }

  /** Creates the bucket unless it is there. */
  async ensureBucket(): Promise<void> {
    return ensureBucket(this.requests);
  }

  /** @throws GraftworkError GW_S3_BUCKET_MISSING */
  async requireBucket(): Promise<void> {
    return requireBucket(this.requests);
  }

  private read(key: string, range: string | undefined, { ifMatch, most }: GetOptions): Promise<Buffer> {
    const request = {
      Bucket: this.bucket,
      Key: key,
      ...(range === undefined ? {} : { Range: range }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    };
    return this.requests.make(`read ${this.uri(key)}`, (client) => readObject(client, request, this.uri(key), most));
  }

  /** @param body undefined when it was never in memory as a whole */
  private async write(key: string, options: PutOptions, send: Send, body?: Uint8Array): Promise<string> {
    const { ifAbsent, ifMatch, contentType, sha256 } = options;
    const parameters: WriteParameters = {
      Bucket: this.bucket,
      Key: key,
      ...this.connection.encryption,
      ...(ifAbsent === undefined ? {} : { IfNoneMatch: '*' }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
    };
    const write = async (client: S3Client): Promise<string> => bareEtag(await send(client, parameters));
    const action = `write ${this.uri(key)}`;
    if (ifAbsent === undefined && ifMatch === undefined) return this.requests.make(action, write);
    let sendings = 0;
    return this.requests.make(action, (client) => {
      sendings += 1;
      return conditionalWrite(this.uri(key), {
        send: () => write(client),
        sentBefore: sendings > 1,
        holds: () =>
          this.head(key).then(
            (facts) => facts?.etag === ifMatch,
            () => false,
          ),
        writtenBefore: () => this.etagIfHolding(key, body),
      });
    });
  }

  private async etagIfHolding(key: string, body: Uint8Array | undefined): Promise<string | undefined> {
    const facts = body === undefined ? undefined : await this.head(key);
    if (body === undefined || facts?.size !== body.byteLength) return undefined;
    const stored = await this.getIfPresent(key);
    return stored?.equals(body) === true ? facts.etag : undefined;
  }
}
