/** A finished run as experience for the choices to come. */
import { asGraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { SourceScores, TransferRecord } from '../../contracts/models/ranking.js';
import type { Experience } from '../../learning/transferability/index.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { readHeadScores } from './headScores.js';

/** Writes a run's record. The run is done and its model registered: what goes wrong here is logged, and no failure. */
export async function leaveRecord(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  digest: string,
  plan: Plan,
  card: ModelCard,
  signal: AbortSignal,
): Promise<void> {
  const { store, log } = dependencies;
  try {
    const scores = await readHeadScores(dependencies, plan, signal);
    await new TransferRecords(store).write(transferRecord(digest, plan, card, scores));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const reason = asGraftworkError(thrown).message;
    log.warn({ run: card.run, reason }, 'the record of the run for later choices could not be written');
  }
}

function transferRecord(
  digest: string,
  { backbone, stages }: Plan,
  { run, createdAt, name, version, dataset, classes, evaluation }: ModelCard,
  scores: SourceScores | undefined,
): TransferRecord {
  const record: TransferRecord = {
    format: 1,
    plan: digest,
    run,
    at: createdAt,
    model: { name, version },
    dataset: { version: dataset.version, uri: dataset.uri, classes: classes.length, counts: dataset.counts },
    source: {
      name: backbone.name,
      ...(backbone.weights === undefined ? {} : { weights: backbone.weights }),
      sha256: backbone.sha256,
    },
    fineTuned: stages.some(({ kind }) => kind === 'fineTune'),
    embedding: null,
    scores: null,
    outcome: { top1: evaluation.top1, count: evaluation.count },
  };
  return completed(record, scores, scores?.embedding ?? null);
}

/** The record with what a ranking of its data has found out since; itself when that is nothing new. */
export function completed(
  record: TransferRecord,
  found: SourceScores | undefined,
  embedding: TransferRecord['embedding'],
): TransferRecord {
  const last = found?.stages.at(-1);
  const news = {
    ...(record.scores === null && last !== undefined ? { scores: withoutSeconds(last) } : {}),
    ...(record.embedding === null && embedding !== null ? { embedding } : {}),
  };
  return Object.keys(news).length === 0 ? record : { ...record, ...news };
}

function withoutSeconds({
  secondsPerImage: _seconds,
  ...scores
}: SourceScores['stages'][number]): NonNullable<TransferRecord['scores']> {
  return scores;
}

/** Of the runs whose scores are known. */
export function experienceOf(records: readonly TransferRecord[]): Experience[] {
  return records.flatMap(({ dataset, scores, fineTuned, outcome }) =>
    scores === null ? [] : [{ ...scores, task: dataset.version, fineTuned, ...outcome }],
  );
}
