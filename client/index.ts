/** `import { Graftwork } from 'graftwork'` */
export { Graftwork } from './graftwork.js';
export type { ExportOptions } from './exportModel.js';
export type {
  ConnectOptions,
  GarbageCollection,
  RankOptions,
  ReportOptions,
  ServiceStatus,
  TrainOptions,
} from './options.js';
export type { ForgetPictureOptions, FoundInDatasets } from './forget.js';
export type { Report } from './report/report.js';
export type { ModelComparison } from './compareModels.js';
export type { RunHandle } from './runHandle.js';
export type { ScheduleOptions, Schedules } from './schedules/schedules.js';
export type { ScheduleStatus } from './schedules/scheduleStatus.js';
export type { Tick } from './schedules/ticks.js';
export type { SyncedFolder, SyncOptions } from './syncFolder.js';
export type { RunSummary } from './runList.js';
export type { ActivityStatus, RunStatus } from './runStatus.js';
export type { UploadedFolder, UploadProgress } from './uploadFolder.js';
export { GraftworkError } from '../contracts/errors.js';
export type { ErrorCode } from '../contracts/errors.js';
export type { DatasetManifest } from '../contracts/dataset.js';
export type { Evaluation, Prediction } from '../contracts/evaluation.js';
export type { ExportFormat, ModelExport } from '../contracts/export.js';
export type { ModelCard } from '../contracts/modelCard.js';
export type { ModelReference } from '../contracts/modelReference.js';
export type { Production } from '../contracts/production.js';
export type { ApprovalAnswer, GateReport, PromotionOutcome } from '../contracts/promotion.js';
export type { RetrainResult } from '../contracts/retraining.js';
export type { Predictions } from '../contracts/predictions.js';
export type { Choice, RankedSource, RankReport } from '../contracts/ranking.js';
export type { RunResult } from '../contracts/result.js';
export type { RunSpec, UserSpec } from '../contracts/runSpec.js';
export type { ChangeCounts } from '../storage/forgetting/changes.js';
export type { ExposedModels } from '../storage/forgetting/exposedModels.js';
export type { ForgetReport } from '../storage/forgetting/forgetPictures.js';
export type { Sighting } from '../storage/forgetting/sightings.js';
export type { GarbageReport } from '../storage/garbageCollector.js';
export type { ModelLineage, WeightsLineage } from '../storage/lineage.js';
export type { Tombstone } from '../contracts/tombstone.js';
export type { Progress } from '../contracts/training.js';
