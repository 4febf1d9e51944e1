/** `import { Graftwork } from 'graftwork'` */
export { Graftwork } from './graftwork.js';
export type { ConnectOptions, RankOptions, ReportOptions, TrainOptions } from './graftwork.js';
export type { Report } from './report/report.js';
export type { RunHandle } from './runHandle.js';
export type { RunSummary } from './runList.js';
export type { ActivityStatus, RunStatus } from './runStatus.js';
export type { UploadedFolder, UploadProgress } from './uploadFolder.js';
export { GraftworkError } from '../contracts/errors.js';
export type { ErrorCode } from '../contracts/errors.js';
export type { DatasetManifest } from '../contracts/dataset.js';
export type { Evaluation, Prediction } from '../contracts/evaluation.js';
export type { ModelCard, ModelReference } from '../contracts/modelCard.js';
export type { Predictions } from '../contracts/predictions.js';
export type { Choice, RankedSource, RankReport } from '../contracts/ranking.js';
export type { RunResult } from '../contracts/result.js';
export type { RunSpec, UserSpec } from '../contracts/runSpec.js';
export type { Progress } from '../contracts/training.js';
