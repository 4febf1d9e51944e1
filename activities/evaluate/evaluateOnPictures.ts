/** A registered model on labelled pictures that it has not seen: the same figures as those of its own test. */
import type {
  EvaluateOnPicturesInput,
  EvaluateOnPicturesOutput,
} from '../../contracts/activities/evaluationActivities.js';
import { answerSchema, evaluationInBrief, type Answer, type TestOutcome } from '../../contracts/data/evaluation.js';
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { picturesToTestSchema, type LabelledPicture, type PictureTest } from '../../contracts/models/pictureTest.js';
import { answerOf, evaluate, isMistake } from '../../learning/metrics/evaluate.js';
import { labelsAnswer } from '../../learning/metrics/multiLabel/evaluateLabels.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { answeredPictures, type AnswerKind } from '../predict/answeredPictures.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { ShardProgress } from '../shared/shardProgress.js';

/** Mistakes that are stored: more than one looks at. */
const mostMistakes = 24;

/** @param sets of a multi-label model */
function answersWith(sets: LabelSets | undefined): AnswerKind<Answer, LabelledPicture> {
  return {
    format: 'labelled-answers/1',
    what: 'a part of a test',
    schema: answerSchema,
    identity: ({ sha256, label }) => [sha256, sets === undefined ? label : labelsOf(label, sets)],
    at: ({ path, bucket, key }) => ({ name: path, bucket, key }),
    answer: (probabilities, { label }) =>
      sets === undefined ? answerOf(probabilities, label) : labelsAnswer(probabilities, label, labelsOf(label, sets)),
  };
}

/** @throws GraftworkError GW_MODEL_NOT_FOUND, GW_CORRUPT, GW_S3_…; GW_CONFLICT when all pictures have changed since they were listed */
export async function evaluateOnPictures(
  dependencies: ActivityDependencies,
  { model, pictures: listKey, halvings }: EvaluateOnPicturesInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<EvaluateOnPicturesOutput> {
  const { store } = dependencies;
  const card = await new ModelRegistry(store).card(model.name, model.version);
  const { pictures, labelSets, ...found } = await store.getJson(objectKeys.trial(listKey), picturesToTestSchema);
  const report = new ShardProgress('evaluate', pictures.length, progress, dependencies.measure);
  const given = await answeredPictures(dependencies, card, pictures, answersWith(labelSets), {
    halvings,
    signal,
    report,
  });
  const outcomes = pictures.flatMap((picture, index): (TestOutcome & LabelledPicture)[] => {
    const answer = given[index] ?? null;
    return answer === null ? [] : [{ ...picture, ...answer }];
  });
  if (outcomes.length === 0) {
    throw new GraftworkError(
      'GW_CONFLICT',
      `All ${pictures.length} pictures at ${found.uri} have changed or are gone.`,
      {
        remedy: 'Start again when nothing is changing the source.',
      },
    );
  }
  const test: PictureTest = {
    ...found,
    model,
    evaluation: evaluate(outcomes, card.classes, card.spec.evaluation.topK, card.calibration),
    gone: pictures.length - outcomes.length,
    mistakes: outcomes
      .filter(isMistake)
      .sort((a, b) => b.confidence - a.confidence || (a.path < b.path ? -1 : 1))
      .slice(0, mostMistakes),
  };
  const key = contentKey('picture-test/1', { list: listKey, test });
  await store.putJson(objectKeys.trial(key), test);
  return { key, evaluation: evaluationInBrief(test.evaluation) };
}
