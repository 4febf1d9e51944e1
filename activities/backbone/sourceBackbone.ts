/**
 * What a run starts from: a network of the zoo, a checkpoint of the hub (`owner/name`), or a registered model
 * (`model:name@version`), whose head is left behind.
 */
import { GraftworkError } from '../../contracts/errors.js';
import type { BackboneSpec } from '../../contracts/spec/runSpec.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { hubCheckpoint } from '../../contracts/spec/sources/hubCheckpoint.js';
import { modelSource, referencedModel } from '../../contracts/spec/sources/sources.js';
import {
  endingWith,
  getBackbone,
  wholeOf,
  type Backbone,
  type InputSpec,
} from '../../learning/backbones/architecture.js';
import { findCheckpoint, type Checkpoint } from '../../learning/checkpoints/index.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** Which weights: the plan's, or a model card's. */
export interface WeightsOf {
  name: string;
  weights?: string | undefined;
  sha256?: string | undefined;
}

export interface SourceBackbone {
  backbone: Backbone;
  /** As later activities are to look for them: a model's version is named even where a person left it out. */
  weights: string | undefined;
  /** How pictures are prepared where the spec does not say: as the source's own training had them. */
  input: InputSpec;
  /** The registered model, where the source is one. */
  model: ModelReference | null;
  /** Of that model. */
  classes: readonly string[] | null;
  /** Where the source is a checkpoint of the hub, at its commit. */
  checkpoint: Checkpoint | null;
}

/**
 * Looks up a spec's `backbone`. A model may stand in the place of the name, which leaves the architecture to its card, or
 * of the weights, beside the name of its architecture.
 *
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_MODEL_NOT_FOUND naming the nearest there is, GW_SPEC_INVALID for a model
 * with weights beside it or a pooling that the network has not, GW_WEIGHTS_MISMATCH for one of another architecture; as `findCheckpoint`
 */
export async function findBackbone(
  { store, home }: Pick<ActivityDependencies, 'store' | 'home'>,
  { name, weights, pooling }: Pick<WeightsOf, 'name' | 'weights'> & Pick<BackboneSpec, 'pooling'>,
): Promise<SourceBackbone> {
  const named = referencedModel(name);
  if (named !== undefined && weights !== undefined) {
    throw new GraftworkError('GW_SPEC_INVALID', `backbone.weights: ${name} is a model with weights of its own.`, {
      remedy: 'Leave out backbone.weights, or name an architecture instead of the model.',
    });
  }
  const model = named ?? (weights === undefined ? undefined : referencedModel(weights));
  if (model === undefined) {
    const asked = hubCheckpoint(name);
    const pooled = pooling === undefined ? {} : { pooling };
    const checkpoint = asked === undefined ? null : await findCheckpoint(asked, { home, ...pooled });
    const { backbone, input } = checkpoint ?? ofZoo(getBackbone(endingWith(name, pooling)));
    const own = checkpoint === null || weights !== undefined ? weights : checkpoint.weights();
    return { backbone, weights: own, input, model: null, classes: null, checkpoint };
  }
  const card = await readCard(store, model);
  const backbone = getBackbone(endingWith(named === undefined ? name : card.backbone.name, pooling));
  requireArchitecture(card, backbone);
  const { crop, resize, interpolation, mean, std, fit, range } = card.input;
  return {
    backbone,
    weights: modelSource(card),
    input: {
      size: crop,
      resize,
      interpolation,
      mean,
      std,
      ...(fit === undefined ? {} : { fit }),
      ...(range === undefined ? {} : { range }),
    },
    model: { name: card.name, version: card.version },
    classes: card.classes,
    checkpoint: null,
  };
}

const ofZoo = (backbone: Backbone) => ({ backbone, input: backbone.input });

/** The card of `name`, `name@3` or `name@latest`. @throws GraftworkError GW_MODEL_NOT_FOUND, GW_CORRUPT */
export async function readCard(store: ActivityDependencies['store'], model: string): Promise<ModelCard> {
  const registry = new ModelRegistry(store);
  const { name, version } = await registry.resolve(model, modelSource);
  return registry.card(name, version);
}

/** @throws GraftworkError GW_WEIGHTS_MISMATCH when the model is neither the network nor one that the network is a part of */
export function requireArchitecture(card: ModelCard, backbone: Backbone): void {
  if ([backbone, backbone.whole, wholeOf(backbone)].some((network) => network?.name === card.backbone.name)) return;
  throw new GraftworkError(
    'GW_WEIGHTS_MISMATCH',
    `${modelSource(card)} is a ${card.backbone.name}, not a ${backbone.name}.`,
    { remedy: `Start from the model as it is: \`--backbone ${modelSource(card)}\`.` },
  );
}
