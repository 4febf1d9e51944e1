/** A ranking's end: what the scores say in the light of earlier runs, and what it would choose. */
import type { WeighRankingInput } from '../../contracts/activities/choosingActivities.js';
import type { RankedSource, RankReport, SourceScores, TransferRecord } from '../../contracts/models/ranking.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { checkpointText, hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { sourceText } from '../../contracts/spec/sources/sources.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { totalEpochs } from '../../learning/schedules/epochCount.js';
import { endingWith, getBackbone } from '../../learning/backbones/architecture.js';
import {
  bestStage,
  calibrate,
  chooseSource,
  clearlyBetterPooling,
  headStage,
  inOrder,
  similarity,
  trainingCost,
  unfreezeFrom,
  type Calibration,
  type TrainingPlan,
} from '../../learning/transferability/index.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { whyLost } from '../shared/lostObject.js';
import { withoutEquals, type ScoredCandidate as Scored } from './equalSources.js';
import { readScores } from './sourceScores.js';
import { completed, experienceOf } from './transferRecord.js';

/** Earlier tasks that a ranking names. */
const mostSimilar = 5;

/** Records say which top-1 was reached; runs with several labels a picture leave none. */
const unpredicted: Calibration = {
  report: { records: 0, tasks: 0, used: false, reason: 'runs with several labels a picture leave no records' },
  predict: undefined,
};

export async function weighRanking(
  dependencies: ActivityDependencies,
  { request, dataset, pictures, ranked, skipped, leftOut, embeddedBy }: WeighRankingInput,
): Promise<RankReport> {
  const { spec, budget } = request;
  const scored: Scored[] = [];
  for (const { candidate, key } of ranked) {
    const scores = await readScores(dependencies, key);
    if (scores !== undefined) scored.push({ candidate, scores });
  }
  const embedding = embeddedBy === null ? null : ((await readScores(dependencies, embeddedBy))?.embedding ?? null);
  const records = await recordsWith(dependencies, dataset.version, scored, embedding);
  const calibration = dataset.task === 'multi-label' ? unpredicted : calibrate(experienceOf(records));
  const plan = trainingPlan(spec, dataset.counts);
  const isNamed = spec.backbone.name !== autoSource && spec.undecided?.includes('pooling') === true;
  const { kept, skipped: equal } = withoutEquals(scored);
  const sources = inOrder(
    kept.map((one) => rankedSource(one, plan, calibration, isNamed)),
    pictures,
  );
  const hits = ranked.filter(({ reused }) => reused).length;
  return {
    format: 1,
    dataset: {
      version: dataset.version,
      uri: spec.dataset.uri,
      classes: dataset.classes.length,
      counts: dataset.counts,
      ...(dataset.unusualRange === undefined || spec.preprocess.range === 'auto'
        ? {}
        : { unusualRange: dataset.unusualRange }),
      ...(dataset.animated === undefined ? {} : { animated: dataset.animated }),
      ...(dataset.transparent === undefined ? {} : { transparent: dataset.transparent }),
    },
    sample: pictures,
    sources,
    skipped: [...skipped, ...equal],
    leftOut,
    similarTasks: embedding === null ? [] : similarTasks(records, dataset.version, embedding),
    calibration: calibration.report,
    choice: chooseSource(sources, { budget, sample: pictures, plan }) ?? null,
    cache: { hits, misses: ranked.length - hits },
  };
}

/** Earlier runs; those on this very data learn what the ranking has found out about them. */
async function recordsWith(
  { store, log }: ActivityDependencies,
  version: string,
  scored: readonly Scored[],
  embedding: SourceScores['embedding'],
): Promise<TransferRecord[]> {
  const records = new TransferRecords(store);
  const found = await records.list((record, thrown) =>
    log.warn({ record, reason: whyLost(thrown) }, 'a record of an earlier run is damaged: it is ignored'),
  );
  return Promise.all(
    found.map(async (record) => {
      if (record.dataset.version !== version) return record;
      const own = scored.find(
        ({ candidate }) => candidate.name === record.source.name && candidate.sha256 === record.source.sha256,
      );
      const fuller = completed(record, own?.scores, embedding);
      if (fuller !== record) await records.write(fuller);
      return fuller;
    }),
  );
}

function trainingPlan(spec: RunSpec, counts: TrainingPlan['counts']): TrainingPlan {
  return {
    counts,
    views: spec.augmentation.views,
    headEpochs: spec.head.epochs,
    fineTuneEpochs: totalEpochs(spec.fineTune, counts.train),
  };
}

/** @param isWhole whether a person named this network, so that it ends where it ends */
function rankedSource(scored: Scored, plan: TrainingPlan, { predict }: Calibration, isWhole: boolean): RankedSource {
  const { candidate, stages, images, pooled } = pooledBest(scored, isWhole);
  const { input: _input, work: _work, ...known } = candidate;
  // A registered model is one of this very shape.
  const isOpen = known.model === null && pooled === undefined && !isWhole;
  const end = isOpen ? headStage(stages, images) : stages.length - 1;
  const used = stages.slice(0, end + 1);
  const unfreeze = used
    .slice(unfreezeFrom(used, images, getBackbone(known.name).defaultUnfreeze))
    .map(({ stage }) => stage);
  const last = used.at(-1)!;
  return {
    source: known.checkpoint ?? sourceText(known),
    ...known,
    stages,
    best: stages[bestStage(stages, images)]!.stage,
    head: last.stage,
    ...(pooled === undefined ? {} : { pooled }),
    unfreeze,
    predicted: predict?.({ ...last, fineTuned: plan.fineTuneEpochs > 0 }) ?? null,
    cost: trainingCost(used, unfreeze.length, plan),
  };
}

/** The source with its features pooled in the way that is clearly better, where there is one: a network of another name. */
function pooledBest({ candidate, scores: { stages, images, poolings = [] } }: Scored, isWhole: boolean) {
  const usual = stages.at(-1)!;
  const isOpen = candidate.model === null && (isWhole || headStage(stages, images) === stages.length - 1);
  const better = isOpen ? clearlyBetterPooling(usual, poolings, images) : undefined;
  if (better === undefined) return { candidate, stages, images };
  const { pooling, scores } = better;
  const { checkpoint } = candidate;
  const asked = checkpoint === undefined ? undefined : hubCheckpoint(checkpoint);
  return {
    candidate: {
      ...candidate,
      name: endingWith(candidate.name, pooling),
      ...(asked === undefined ? {} : { checkpoint: checkpointText({ ...asked, stage: pooling }) }),
    },
    stages: [...stages.slice(0, -1), scores],
    images,
    pooled: { as: pooling, usual },
  };
}

/** One run a model, the most similar task first; runs on this very data are no other task. */
function similarTasks(
  records: readonly TransferRecord[],
  version: string,
  embedding: NonNullable<SourceScores['embedding']>,
): RankReport['similarTasks'] {
  const tasks = records.flatMap(({ run, model, dataset, embedding: theirs }) =>
    theirs === null || dataset.version === version
      ? []
      : [{ run, uri: dataset.uri, model, similarity: similarity(embedding, theirs) }],
  );
  const byModel = new Map(tasks.map((task) => [task.model.name, task]));
  return [...byModel.values()].sort((a, b) => b.similarity - a.similarity).slice(0, mostSimilar);
}
