/**
 * What is remembered of a source's files between ingests: objects of some thousand inspections each, written as the work
 * goes on and never rewritten, so that saving costs what is new however much there is. When they have become many, or most
 * of what they say is of files that are gone, they are written anew.
 */
import pMap from 'p-map';
import { z } from 'zod';
import { objectKeys } from '../../contracts/objectKeys.js';
import { RowIndex } from '../../learning/dataset/columns/rowIndex.js';
import { sha256 } from '../../storage/objects/contentKey.js';
import { s3Uri } from '../../storage/s3/s3Uri.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { inspectionResultSchema, type Inspections } from './inspections.js';
import { whyLost } from '../shared/lostObject.js';
import type { SourceFiles } from './sourceFiles.js';

const partSchema = z.strictObject({
  format: z.literal(1),
  files: z.array(
    z.strictObject({
      bucket: z.string(),
      key: z.string(),
      etag: z.string(),
      bytes: z.number().int(),
      result: inspectionResultSchema,
    }),
  ),
});
type Remembered = z.infer<typeof partSchema>['files'][number];

/** Inspections in one object: about half a megabyte. */
const partSize = 2000;
/** Parts that may be fuller on the whole before they are written anew. */
const spareParts = 16;
const partsAtOnce = 4;

export class InspectionMemory {
  private readonly dependencies: Pick<ActivityDependencies, 'store' | 'log'>;
  private readonly source: string;
  private readonly files: SourceFiles;
  private readonly inspections: Inspections;
  /** Keys of the objects that were read. */
  private readonly parts: string[] = [];
  private remembered = 0;
  private damaged = false;
  private fresh: Remembered[] = [];
  private saving: Promise<unknown> = Promise.resolve();

  /**
   * @param source digest of the address and of all that decides what is found in a file
   * @param inspections of these files, where results are taken from and put
   */
  constructor(
    dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
    source: string,
    files: SourceFiles,
    inspections: Inspections,
  ) {
    this.dependencies = dependencies;
    this.source = source;
    this.files = files;
    this.inspections = inspections;
  }

  /** Fills in what is known of the files as they are now. What cannot be read is as good as not remembered. */
  async recall(signal: AbortSignal): Promise<void> {
    const { store, log } = this.dependencies;
    for await (const { key } of store.list(objectKeys.datasetInspections(this.source), signal)) this.parts.push(key);
    if (this.parts.length === 0) return;
    const uriAt = (index: number): string => {
      const { bucket, key } = this.files.at(index);
      return s3Uri(bucket, key);
    };
    const index = new RowIndex(this.files.length, uriAt);
    await pMap(
      this.parts,
      async (part) => {
        try {
          const { files } = await store.getJson(part, partSchema);
          this.remembered += files.length;
          for (const file of files) this.take(index, file);
        } catch (thrown) {
          this.damaged = true;
          log.warn(
            { object: part, reason: whyLost(thrown) },
            'earlier inspections cannot be read: their files are inspected again',
          );
        }
      },
      { concurrency: partsAtOnce, signal },
    );
    // The same object may be named in two ways.
    for (const [row, first] of index.first.entries()) {
      if (row !== first && this.inspections.has(first)) this.inspections.set(row, this.inspections.at(first));
    }
  }

  private take(index: RowIndex, { bucket, key, etag, bytes, result }: Remembered): void {
    const row = index.find(s3Uri(bucket, key));
    if (row === undefined) return;
    const file = this.files.at(row);
    if (file.etag === etag && file.bytes === bytes) this.inspections.set(row, result);
  }

  /** Notes what was found in a file; from time to time it is saved. Resolves when it may go on. */
  async add(index: number): Promise<void> {
    this.fresh.push(this.entry(index));
    if (this.fresh.length >= partSize) await this.save();
  }

  /** Stores what was noted since the last time. */
  async save(): Promise<void> {
    const files = this.fresh;
    this.fresh = [];
    this.saving = this.saving.then(async () => {
      if (files.length > 0) await this.put(files);
    });
    await this.saving;
  }

  /** Writes the parts anew if that is worth it. To be called when every file has been inspected. */
  async tidy(): Promise<void> {
    const needed = Math.ceil(this.files.length / partSize);
    const isTidy = this.parts.length <= 2 * needed + spareParts && this.remembered <= 2 * this.files.length;
    if (isTidy && !this.damaged) return;
    const written = new Set<string>();
    for (let from = 0; from < this.files.length; from += partSize) {
      const rows = Array.from({ length: Math.min(partSize, this.files.length - from) }, (_, index) => from + index);
      written.add(await this.put(rows.map((row) => this.entry(row))));
    }
    const { store } = this.dependencies;
    const gone = this.parts.filter((part) => !written.has(part));
    await pMap(gone, (part) => store.delete(part), { concurrency: partsAtOnce });
  }

  private entry(index: number): Remembered {
    const { bucket, key, etag, bytes } = this.files.at(index);
    return { bucket, key, etag, bytes, result: this.inspections.at(index) };
  }

  private async put(files: Remembered[]): Promise<string> {
    const key = objectKeys.datasetInspectionsPart(this.source, sha256(JSON.stringify(files)));
    await this.dependencies.store.putJson(key, { format: 1, files });
    return key;
  }
}
