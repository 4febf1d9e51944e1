import type { ModelCard } from '../../../contracts/models/modelCard.js';
import {
  activationShape,
  declareLayers,
  denseStages,
  hasPositions,
  licenceIdentifier,
  type Backbone,
} from '../../backbones/architecture.js';
import { timmNetwork } from './timmModel.js';

/** timm's names; its `border` has the mean's colour, as ours has. */
const cropModes = { crop: 'center', pad: 'border', squash: 'squash' };

/**
 * `config.json` as timm reads it from a folder or the Hub (`timm/models/_hub.py`): network, classes, and how pictures are prepared.
 * @throws GW_EXPORT_UNSUPPORTED for a network that timm does not have
 */
export function timmConfig(backbone: Backbone, card: ModelCard): Record<string, unknown> {
  const { architecture, modelArguments, names } = timmNetwork(backbone);
  const { crop, resize, interpolation, mean, std, fit } = card.input;
  const [first] = declareLayers(backbone);
  const dense = denseStages(backbone);
  const lastMap = backbone.stages.findLast(({ name }) => !dense.has(name))!;
  const { h, w } = activationShape(backbone, lastMap.name, crop);
  const inTimm = (layer: string): string => names.get(layer) ?? layer;
  return {
    architecture,
    num_classes: card.classes.length,
    num_features: backbone.featureSize,
    label_names: card.classes,
    ...(Object.keys(modelArguments).length > 0 ? { model_args: modelArguments } : {}),
    pretrained_cfg: {
      tag: `${card.name}_v${card.version}`,
      custom_load: false,
      input_size: [3, crop, crop],
      // Then timm makes the network for this size, and resamples its positions on loading.
      fixed_input_size: hasPositions(backbone),
      interpolation,
      crop_pct: cropShare(crop, resize),
      crop_mode: cropModes[fit ?? 'crop'],
      mean,
      std,
      num_classes: card.classes.length,
      pool_size: [h, w],
      first_conv: inTimm(first!.name),
      classifier: inTimm(backbone.classifierName),
      license: licenceIdentifier(card.backbone.license) ?? 'other',
    },
  };
}

/** timm resizes to `floor(crop / share)`: the exact quotient, or the least that is rounded down to the size we mean. */
export function cropShare(crop: number, resize: number): number {
  const exact = crop / resize;
  return Math.floor(crop / exact) === resize ? exact : exact * (1 - Number.EPSILON);
}
