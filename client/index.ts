/** `import { Graftwork } from 'graftwork'` */
export { Graftwork } from './graftwork.js';
export type { EvaluateOptions } from './models/evaluate.js';
export type { ExportOptions } from './models/exportModel.js';
export type {
  ConnectOptions,
  GarbageCollection,
  RankOptions,
  ReportOptions,
  ServiceStatus,
  TrainOptions,
} from './runs/options.js';
export type { ForgetPictureOptions, FoundInDatasets } from './models/forget.js';
export type { Report } from './report/report.js';
export type { ModelComparison } from './models/compareModels.js';
export type { LabelReview, ReviewFinding } from './runs/review.js';
export type { RunHandle } from './runs/runHandle.js';
export type { ScheduleOptions, Schedules } from './schedules/schedules.js';
export type { ScheduleStatus } from './schedules/scheduleStatus.js';
export type { Tick } from './schedules/ticks.js';
export type { TriggeredTick } from './schedules/steerSchedule.js';
export type { SyncedFolder, SyncOptions } from './folders/syncFolder.js';
export type { RunSummary } from './runs/runList.js';
export type { ActivityStatus, RunStatus } from './runs/runStatus.js';
export type { UploadedFolder, UploadProgress } from './folders/uploadFolder.js';
export { GraftworkError } from '../contracts/errors.js';
export type { ErrorCode } from '../contracts/errors.js';
export type { DatasetManifest } from '../contracts/data/dataset.js';
export type { Evaluation, Prediction } from '../contracts/data/evaluation.js';
export type { ExportFormat, ModelExport } from '../contracts/models/export.js';
export type { ModelCard } from '../contracts/models/modelCard.js';
export type { ModelReference } from '../contracts/spec/sources/modelReference.js';
export type { Production } from '../contracts/models/production.js';
export type { ApprovalAnswer, GateReport, PromotionOutcome } from '../contracts/spec/promotion.js';
export type { RetrainResult } from '../contracts/models/retraining.js';
export type { Predictions, PredictionSets } from '../contracts/models/predictions.js';
export type { Choice, RankedSource, RankReport } from '../contracts/models/ranking.js';
export type { PictureTest } from '../contracts/models/pictureTest.js';
export type { RunResult } from '../contracts/run/result.js';
export type { RunSpec, UserSpec } from '../contracts/spec/runSpec.js';
export type { ChangeCounts } from '../storage/forgetting/changes.js';
export type { ExposedModels } from '../storage/forgetting/exposedModels.js';
export type { ForgetReport } from '../storage/forgetting/forgetPictures.js';
export type { Sighting } from '../storage/forgetting/sightings.js';
export type { GarbageReport } from '../storage/garbage/garbageCollector.js';
export type { ModelLineage, WeightsLineage } from '../storage/registry/lineage.js';
export type { Tombstone } from '../contracts/data/tombstone.js';
export type { Progress } from '../contracts/spec/stages/training.js';
