import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from './backbone.js';
import { efficientnetLites } from './efficientnetLite.js';
import { googlenet } from './googlenet.js';
import { inceptionV3 } from './inceptionV3.js';
import { mobilenets } from './mobilenetV2.js';
import { nearest } from './nearest.js';
import { resnets } from './resnet.js';
import { squeezenet } from './squeezenet.js';
import { vggs } from './vgg.js';

const zoo: ReadonlyMap<string, Backbone> = new Map(
  [...efficientnetLites, ...resnets, ...mobilenets, squeezenet, googlenet, inceptionV3, ...vggs].map((backbone) => [
    backbone.name,
    backbone,
  ]),
);

/** Every backbone's name, the default family first. */
export function backboneNames(): string[] {
  return [...zoo.keys()];
}

/** @throws GW_BACKBONE_UNKNOWN, naming the nearest valid names. */
export function getBackbone(name: string): Backbone {
  const backbone = zoo.get(name);
  if (backbone) return backbone;
  throw new GraftworkError('GW_BACKBONE_UNKNOWN', `There is no backbone named '${name}'.`, {
    remedy: `Did you mean ${nearest(name, backboneNames())}? All: ${backboneNames().join(', ')}.`,
  });
}

/** Position of a stage in `backbone.stages`. @throws GW_STAGE_UNKNOWN, naming the nearest stages. */
export function stageIndex(backbone: Backbone, name: string): number {
  const index = backbone.stages.findIndex((stage) => stage.name === name);
  if (index >= 0) return index;
  const names = backbone.stages.map((stage) => stage.name);
  throw new GraftworkError('GW_STAGE_UNKNOWN', `${backbone.name} has no stage named '${name}'.`, {
    remedy: `Did you mean ${nearest(name, names)}? All: ${names.join(', ')}.`,
  });
}
