/** The library: everything the command line does, as functions. */
import type { RunSpec, UserSpec } from '../contracts/spec/runSpec.js';
import type { ModelExport } from '../contracts/models/export.js';
import type { ModelReference } from '../contracts/models/modelCard.js';
import type { Predictions, PredictionSets } from '../contracts/models/predictions.js';
import type { RankReport } from '../contracts/models/ranking.js';
import type { RunResult } from '../contracts/run/result.js';
import type { PictureTest } from '../contracts/models/pictureTest.js';
import type { Tombstone } from '../contracts/data/tombstone.js';
import { Datasets } from '../storage/datasets/datasets.js';
import type { ForgetReport } from '../storage/forgetting/forgetPictures.js';
import { Tombstones } from '../storage/forgetting/tombstones.js';
import { collectGarbage, type GarbageReport } from '../storage/garbage/garbageCollector.js';
import { modelLineage, type ModelLineage } from '../storage/registry/lineage.js';
import { ModelRegistry } from '../storage/registry/modelRegistry.js';
import { ObjectStore } from '../storage/objects/objectStore.js';
import { openS3Connection, type S3Connection } from '../storage/s3/s3Connection.js';
import { compareModels, type ModelComparison } from './models/compareModels.js';
import { startTracingIfWanted } from '../telemetry/startTracingIfWanted.js';
import { describeSpan, traced } from '../telemetry/traced.js';
import type { Tracing } from '../telemetry/tracing.js';
import { findEndpoints, type Endpoints } from './connection/endpoints.js';
import { evaluateOnSource, type EvaluateOptions } from './models/evaluate.js';
import { exportModel, type ExportOptions } from './models/exportModel.js';
import { findPicture, forgetPicture, type ForgetPictureOptions, type FoundInDatasets } from './models/forget.js';
import type {
  ConnectOptions,
  GarbageCollection,
  RankOptions,
  ReportOptions,
  ServiceStatus,
  TrainOptions,
} from './runs/options.js';
import { meantRun, type MeantRunOptions } from './runs/meantRun.js';
import { modelOrRunsModel } from './models/modelOrRunsModel.js';
import { predictImages } from './runs/predict.js';
import { namedSources, rankSources } from './runs/rank.js';
import { reviewSource, type LabelReview } from './runs/review.js';
import type { Report } from './report/report.js';
import { RunHandle } from './runs/runHandle.js';
import { listRuns, type RunSummary } from './runs/runList.js';
import { findRunsInProgress } from './runs/runsInProgress.js';
import { Schedules } from './schedules/schedules.js';
import { bringSpec, recurringSpec } from './runs/sourceSpec.js';
import { workersByPool } from './connection/stackStatus.js';
import { startRun } from './runs/startRun.js';
import { syncFolder, type SyncedFolder, type SyncOptions } from './folders/syncFolder.js';
import { connectTemporal, type TemporalConnection } from './connection/temporalConnection.js';

/**
 * A connection to Temporal and the object store.
 *
 * @example
 * const graftwork = await Graftwork.connect();
 * const run = await graftwork.train('photos/');
 * for await (const { result } of run.watch()) console.error(result?.stage);
 * console.log((await run.result()).test?.top1);
 * await graftwork.close();
 */
export class Graftwork implements AsyncDisposable {
  readonly datasets: Datasets;
  readonly models: ModelRegistry;
  readonly store: ObjectStore;
  /** Recurring retraining. */
  readonly schedules: Schedules;
  readonly endpoints: Endpoints;
  private readonly temporal: TemporalConnection;
  private readonly s3: S3Connection;
  private readonly tracing: Tracing | undefined;

  private constructor(endpoints: Endpoints, temporal: TemporalConnection, tracing: Tracing | undefined) {
    this.endpoints = endpoints;
    this.temporal = temporal;
    this.tracing = tracing;
    this.s3 = openS3Connection(endpoints.variables);
    this.store = new ObjectStore(endpoints.settings.GRAFTWORK_BUCKET, this.s3);
    this.datasets = new Datasets(this.store);
    this.models = new ModelRegistry(this.store);
    this.schedules = new Schedules(temporal, this.models);
  }

  /**
   * Connects to the Temporal and S3 servers that the environment names. Temporal's environment configuration and the AWS SDK's
   * apply. When the environment names no Temporal, it connects to the embedded stack of this checkout.
   * @throws GraftworkError GW_TEMPORAL_UNREACHABLE, GW_ENVIRONMENT_INVALID
   */
  static async connect({ home }: ConnectOptions = {}): Promise<Graftwork> {
    const endpoints = await findEndpoints(home);
    const tracing = await startTracingIfWanted('graftwork', endpoints.variables);
    return new Graftwork(endpoints, await connectTemporal(endpoints, tracing !== undefined), tracing);
  }

  /**
   * Starts a run on the images at `source`: `s3://bucket/prefix`, or a local folder, which it uploads first.
   *
   * @throws GraftworkError GW_SPEC_INVALID, GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_MODEL_NOT_FOUND, GW_SOURCE_NOT_FOUND,
   * GW_SOURCE_UNREADABLE, GW_SOURCE_CHANGED (a file, while it was sent), GW_DATASET_EMPTY, GW_DATASET_INVALID, GW_CONFLICT
   * or a GW_S3_… code.
   */
  async train(source: string, { id, ...bring }: TrainOptions = {}): Promise<RunHandle> {
    return traced('graftwork train', {}, async () => {
      const { spec, given } = await bringSpec(this.store, source, bring);
      const run = await startRun(this.temporal, spec, id, given);
      describeSpan({ 'graftwork.run': run });
      return this.run(run);
    });
  }

  /**
   * Ranks the sources to start from for the images at `source`. It scores every backbone whose weights are there, and models of
   * similar tasks, on a sample of the training pictures. With `spec.backbone.online` it fetches the best backbones of the hub as
   * well. Nothing is trained.
   * @throws GraftworkError as `train`; GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND for a source that names nothing. The report lists
   * sources whose weights are not available; they cause no error.
   */
  async rank(
    source: string,
    { sources = [], only = false, sample = 1_000, budget, ...bring }: RankOptions = {},
  ): Promise<RankReport> {
    const named = await namedSources(sources);
    const { checkSources } = await import('../activities/plan/checkSpec.js');
    await checkSources({ store: this.store }, named);
    const { spec, given } = await bringSpec(this.store, source, bring);
    const request = { spec, sources: named, only, sample, budget: budget ?? null };
    return rankSources(this.temporal, request, { signal: bring.signal, given });
  }

  /**
   * Reviews the labels of the images at `source`. It finds labels that are probably wrong, with the label that fits better. It finds
   * look-alikes with different labels, and pictures unlike their class, too dark, too blurred or too small. Features are those of a
   * run with the same spec.
   * @throws GraftworkError as `train`; GW_USAGE when the spec leaves the network open, GW_LABELS_INVALID
   */
  async review(source: string, bring: Omit<TrainOptions, 'id'> = {}): Promise<LabelReview> {
    const { spec, given } = await bringSpec(this.store, source, bring);
    return reviewSource(this.temporal, this.store, spec, { signal: bring.signal, given });
  }

  /**
   * Makes the page of a review: one HTML file that needs nothing else. A person keeps, relabels or drops each picture there, and saves
   * the decisions as `review.csv`. @throws GraftworkError GW_S3_…
   */
  async reviewPage(review: LabelReview): Promise<string> {
    const { reportOfReview } = await import('./report/report.js');
    return reportOfReview(this.store, review);
  }

  /** A handle of the run with that id, whether the run exists or not. */
  run(id: string): RunHandle {
    return new RunHandle(id, this.temporal, this.store);
  }

  /**
   * Finds the id of a run by its own id, by that of the tick that started it, or by the model that it made.
   * @throws GraftworkError GW_RUN_NOT_FOUND, also for a tick that has trained nothing (yet); GW_MODEL_NOT_FOUND
   */
  async resolveRun(named: string, options: MeantRunOptions = {}): Promise<string> {
    return meantRun(this.temporal, this.store, named, options);
  }

  /**
   * The complete spec for the runs of a schedule on these images: `graftwork.schedules.create(spec, …)`.
   * @throws GraftworkError GW_SPEC_INVALID; GW_USAGE for a local folder, because an upload never changes
   */
  recurringSpec(source: string, spec: UserSpec = {}): RunSpec {
    return recurringSpec(source, spec);
  }

  /**
   * Copies a local folder, or a list with its pictures, to `s3://bucket/prefix`, for schedules and for other machines.
   * @throws GraftworkError GW_SOURCE_…, GW_MANIFEST_INVALID, GW_DATASET_…, GW_USAGE or a GW_S3_… code; it deletes nothing then
   */
  async sync(source: string, uri: string, options: SyncOptions = {}): Promise<SyncedFolder> {
    return syncFolder(this.store, source, uri, options);
  }

  /** Lists runs, newest first. */
  async runs({ limit = 50 }: { limit?: number } = {}): Promise<RunSummary[]> {
    return listRuns(this.temporal, limit);
  }

  /** The run as it is now: see {@link RunHandle.show} and {@link resolveRun}. */
  async show(run: string): Promise<RunResult> {
    return this.run(await this.resolveRun(run)).show();
  }

  /**
   * Makes a report of a run: one HTML file that needs nothing else to be read and kept. The run may have ended in any way, or be
   * in progress. `notFound` names what is gone, such as its history or its pictures.
   * @throws GraftworkError GW_RUN_NOT_FOUND, GW_TEMPORAL_UNREACHABLE or a GW_S3_… code
   */
  async report(run: string, { compareWith, pricePerHour = {} }: ReportOptions = {}): Promise<Report> {
    // Charts take their time to load, and no other command needs them.
    const { reportComparing, reportOf } = await import('./report/report.js');
    const sources = { temporal: this.temporal, store: this.store, ui: (id: string) => this.uiAddress(id) };
    return compareWith === undefined
      ? reportOf(sources, run, pricePerHour)
      : reportComparing(sources, [run, compareWith]);
  }

  /**
   * Classifies images (files, folders, s3:// addresses) with `name`, `name@version` or the model of a run.
   * @param options.topK classes per image, best first @default 5
   * @param options.views test-time augmentation: views of each image whose probabilities are averaged @default 1
   * @param options.sets which set of classes to name for each image: it holds the right one with this probability @default none
   * @throws GraftworkError GW_USAGE, GW_MODEL_NOT_FOUND, GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY. The result lists images that cannot
   * be decoded; they cause no error.
   */
  async predict(
    model: string,
    images: readonly string[],
    { topK = 5, views = 1, sets }: { topK?: number; views?: number; sets?: PredictionSets } = {},
  ): Promise<Predictions> {
    const options = { topK, views, ...(sets ? { sets } : {}) };
    return predictImages(this.temporal, this.store, await this.resolveModel(model), images, options);
  }

  /**
   * Tests `name`, `name@version` or the model of a run on labelled pictures that it has not seen. The source is a folder of class
   * folders or a list, local or at an s3:// address. Pictures that the model was trained on, or that look like those, are left out and named.
   * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_SOURCE_…, GW_MANIFEST_INVALID, GW_DATASET_INVALID for classes that the model does not
   * know, GW_DATASET_EMPTY when nothing is left to test
   */
  async evaluate(model: string, source: string, options: EvaluateOptions = {}): Promise<PictureTest> {
    const { name, version } = await this.resolveModel(model);
    return evaluateOnSource(this.temporal, this.store, await this.models.card(name, version), source, options);
  }

  /** Makes a report of such a test: one HTML file that needs nothing else. @throws GraftworkError GW_S3_… */
  async testReport(test: PictureTest): Promise<string> {
    const { reportOfTest } = await import('./report/report.js');
    return reportOfTest(this.store, test);
  }

  /**
   * Compares two models (`name`, `name@version` or a run) on the test pictures that both were evaluated on.
   * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_OBJECT_MISSING, GW_DATASET_NOT_FOUND
   */
  async compare(first: string, second: string): Promise<ModelComparison> {
    const pair = [await this.resolveModel(first), await this.resolveModel(second)] as const;
    return compareModels(this.store, this.models, pair);
  }

  /**
   * Writes `name`, `name@version` or the model of a run to a folder for onnxruntime, TensorFlow.js, torch or timm. The folder also
   * has its labels, preprocessing, card and digests. It needs no worker.
   * @throws GraftworkError GW_MODEL_NOT_FOUND. GW_EXPORT_UNSUPPORTED for a network that the format cannot express.
   * GW_EXPORT_REFUSED for a folder that cannot be written, or that is not empty, unless `force` is set.
   */
  async exportModel(model: string, options: ExportOptions): Promise<ModelExport> {
    const { name, version } = await this.resolveModel(model);
    return exportModel(this.store, await this.models.card(name, version), options);
  }

  /** Finds a model by `name`, by `name@version` or by its run. @throws GraftworkError GW_MODEL_NOT_FOUND */
  async resolveModel(model: string): Promise<ModelReference> {
    return modelOrRunsModel(this.models, (run) => this.show(run), model);
  }

  /**
   * Shows the origin of a model (`name`, `name@version`, or the run that made it), back to the published weights.
   * @throws GraftworkError GW_MODEL_NOT_FOUND, GW_CORRUPT
   */
  async lineage(model: string): Promise<ModelLineage> {
    return modelLineage(this.store, await this.resolveModel(model));
  }

  /**
   * Deletes what no model, dataset version or run in progress needs. It may run beside training, and may be stopped at any time.
   * @param options.keepDays time for which everything is kept, in days; fractions are allowed @default 7
   * @param options.dryRun whether it only reports what it would delete @default false
   * @throws GraftworkError GW_CORRUPT when a plan, a card or a dataset version is damaged; it deletes nothing then
   */
  async collectGarbage({ keepDays = 7, dryRun = false }: GarbageCollection = {}): Promise<GarbageReport> {
    return collectGarbage(this.store, {
      runsInProgress: () => findRunsInProgress(this.temporal),
      keepFor: keepDays * 24 * 3_600_000,
      dryRun,
    });
  }

  /**
   * Finds the dataset versions that hold a picture, its split and class there, and the models that have met it.
   * @param picture its `s3://` address, its key in the bucket, a local file, or its sha256
   * @throws GraftworkError GW_PICTURE_NOT_FOUND, GW_USAGE, GW_CORRUPT
   */
  async findPicture(picture: string): Promise<FoundInDatasets> {
    return findPicture(this.store, picture);
  }

  /**
   * Removes a picture from every object that holds its pixels, its features or its name. The report names the models that have met
   * it; these stay as they are. No ingest takes the picture in again. The call may be stopped at any time: the same call again
   * finishes the work.
   * @param picture as for {@link Graftwork.findPicture}; an address means every content that was ever ingested from it
   * @throws GraftworkError GW_PICTURE_NOT_FOUND, GW_PICTURE_IN_USE (by a run in progress), GW_USAGE, GW_CORRUPT, GW_CONFLICT
   */
  async forget(picture: string, options: ForgetPictureOptions = {}): Promise<ForgetReport> {
    const { home } = this.endpoints;
    return forgetPicture({ store: this.store, temporal: this.temporal, home }, picture, options);
  }

  /** Lists forgotten pictures, newest first. @throws GraftworkError GW_CORRUPT */
  async forgotten(): Promise<Tombstone[]> {
    return new Tombstones(this.store).list();
  }

  /** Reports where Temporal and the object store are, and how many workers serve each pool. */
  async status(): Promise<ServiceStatus> {
    const { address, namespace } = this.temporal;
    return {
      temporal: { address, namespace },
      ui: this.endpoints.ui ?? null,
      s3: {
        endpoint: this.s3.endpoint,
        bucket: this.store.bucket,
        bucketExists: await this.store.bucketExists(),
      },
      workers: await workersByPool(this.temporal),
    };
  }

  /** Address of a run in the Temporal UI. Undefined when no UI is known. */
  uiAddress(run: string): string | undefined {
    const { ui } = this.endpoints;
    return ui === undefined ? undefined : `${ui}/namespaces/${this.temporal.namespace}/workflows/${run}`;
  }

  /** Closes the connections, so that the process can end. Runs go on. The end of an `await using` block does the same. */
  async close(): Promise<void> {
    await this.tracing?.flush(2_000);
    this.s3.client.destroy();
    await this.temporal.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
