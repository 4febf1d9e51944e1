/** The gate's measurements: a new model and the one in production on the new one's test pictures. */
import type { CompareToProductionInput } from '../../contracts/activities/promotionActivities.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import type { GateReport, HeadToHead, PromotionPolicy } from '../../contracts/spec/promotion.js';
import { debiasedCalibration } from '../../learning/metrics/debiasedCalibration.js';
import { headToHead, type JudgedPicture } from '../../learning/metrics/headToHead.js';
import { labelsHeadToHead } from '../../learning/metrics/multiLabel/labelsHeadToHead.js';
import { gate } from '../../learning/promotion/gate.js';
import type { Measured } from '../../learning/promotion/limits.js';
import { lostClasses, type TestedClasses } from '../../learning/promotion/lostClasses.js';
import { medianTime, type MedianTime } from '../../learning/promotion/medianTime.js';
import { readEvaluation } from '../../storage/registry/evaluations.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { seenByModel } from '../../storage/registry/seenByModel.js';
import { undefinedIfCorrupt } from '../../storage/objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../../storage/objects/undefinedIfMissing.js';
import { answersOnPictures } from './answersOnPictures.js';
import { comparedLabels } from './comparedLabels.js';
import { openClassifier } from '../predict/classifyImages.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import type { ListedImage } from '../plan/imageList.js';
import { ShardProgress } from '../shared/shardProgress.js';
import { readSplits } from '../plan/splitImages.js';

/** Pictures whose time is taken, after one that warms up. */
const timed = 20;

/**
 * @throws GraftworkError GW_MODEL_NOT_FOUND; GW_CORRUPT when a model's parameters, or the data version it was tested on, are
 * damaged or gone, and when the card of the version in production is not that of the model that was put there
 */
export async function compareToProduction(
  dependencies: ActivityDependencies,
  { model, policy, halvings }: CompareToProductionInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<GateReport> {
  const registry = new ModelRegistry(dependencies.store);
  const challenger = await registry.card(model.name, model.version);
  const serving = await registry.serving(model.name);
  // A model that serves already has nothing to beat; that it is the one which was put there, `serving` has made sure.
  const champion = serving?.card.version === challenger.version ? undefined : serving?.card;
  const comparison =
    champion === undefined ? null : await compareOn(dependencies, champion, challenger, halvings, callbacks);
  return gate({
    challenger: model,
    champion: champion === undefined ? null : { name: champion.name, version: champion.version },
    lost: champion && lostClasses(testedClasses(champion), testedClasses(challenger)),
    ...{ comparison, policy },
    measured: await measure(dependencies, challenger, policy, halvings),
  });
}

function testedClasses({ classes, evaluation: { perClass } }: ModelCard): TestedClasses {
  return { classes, perClass };
}

async function compareOn(
  dependencies: ActivityDependencies,
  champion: ModelCard,
  challenger: ModelCard,
  halvings: number,
  { progress, signal }: WorkCallbacks,
): Promise<HeadToHead> {
  if (champion.task !== challenger.task) return headToHead([], { seen: 0, unknownClass: 0, gone: 0 });
  const { dataset, spec } = challenger;
  const { test } = await readSplits(dependencies, { datasetVersion: dataset.version, spec }, signal);
  const images = Array.from({ length: test.length }, (_, index) => test.at(index));
  const known = new Set(champion.classes);
  const options = {
    signal,
    onGone: (model: string, reason: string) =>
      dependencies.log.warn({ model, reason }, "a model's training pictures are no longer known"),
  };
  // The challenger's own too: a picture that lies in two splits, or that its source model learnt, is no test of it.
  const seen = [
    await seenByModel(dependencies.store, champion, options),
    await seenByModel(dependencies.store, challenger, options),
  ];
  const classOf = ({ label }: ListedImage): string => challenger.classes[label] ?? '';
  // Of several labels those that both know are compared.
  const isMultiLabel = challenger.task === 'multi-label';
  const fair = isMultiLabel ? images : images.filter((image) => known.has(classOf(image)));
  const judged = fair.filter(({ sha256 }) => !seen.some((pictures) => pictures.has(sha256)));
  const report = new ShardProgress('promote', judged.length, progress, dependencies.measure);
  const leftOut = (compared: number): HeadToHead['leftOut'] => ({
    unknownClass: images.length - fair.length,
    seen: fair.length - judged.length,
    gone: judged.length - compared,
  });
  if (isMultiLabel) {
    const answering = { halvings, signal, report };
    const pictures = await comparedLabels(dependencies, champion, challenger, judged, answering);
    const shared = challenger.classes.filter((name) => known.has(name)).length;
    return labelsHeadToHead(pictures, shared, leftOut(pictures.length));
  }
  const answers = (card: ModelCard): Promise<Map<string, string>> =>
    answersOnPictures(dependencies, card, judged, { halvings, signal, report });
  const before = await answers(champion);
  const after = (await storedAnswers(dependencies, challenger)) ?? (await answers(challenger));
  const pictures: JudgedPicture[] = [];
  for (const image of judged) {
    const [was, is] = [before.get(image.path), after.get(image.path)];
    if (was === undefined || is === undefined) continue;
    pictures.push({ champion: was === classOf(image), challenger: is === classOf(image) });
  }
  return headToHead(pictures, leftOut(pictures.length));
}

/** What the model's own evaluation says of each test picture; undefined where it is not there. */
async function storedAnswers(
  { store }: ActivityDependencies,
  { keys, classes }: ModelCard,
): Promise<Map<string, string> | undefined> {
  if (keys === undefined) return undefined;
  const stored = await readEvaluation(store, keys.evaluation).catch(undefinedIfMissing).catch(undefinedIfCorrupt);
  return stored && new Map(stored.outcomes.map(({ path, predicted }) => [path, classes[predicted] ?? '']));
}

async function measure(
  { cache }: ActivityDependencies,
  card: ModelCard,
  { mostMilliseconds }: PromotionPolicy,
  halvings: number,
): Promise<Measured> {
  const { perClass, calibration } = card.evaluation;
  return {
    perClass,
    calibration: debiasedCalibration(calibration.bins),
    bytes: card.parameters.bytes,
    milliseconds: mostMilliseconds === null ? null : await timeOne(cache, card, halvings),
  };
}

/** Milliseconds for one picture at a time; of grey ones, for the content makes no difference. */
async function timeOne(cache: ActivityDependencies['cache'], card: ModelCard, halvings: number): Promise<MedianTime> {
  using classifier = await openClassifier(cache, card, timed, halvings);
  const pixels = new Uint8Array(card.input.store ** 2 * 3).fill(128);
  await classifier.classify(pixels);
  const times: number[] = [];
  for (let i = 0; i < timed; i++) {
    const began = performance.now();
    await classifier.classify(pixels);
    times.push(performance.now() - began);
  }
  return medianTime(times);
}
