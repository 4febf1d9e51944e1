import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from './backbone.js';
import { convnexts } from './networks/convnext.js';
import { efficientnets } from './networks/efficientnet.js';
import { efficientnetLites } from './networks/efficientnetLite.js';
import { efficientnetV2s } from './networks/efficientnetV2.js';
import { googlenet } from './networks/googlenet.js';
import { inceptionV3 } from './networks/inceptionV3.js';
import { mobilenets } from './networks/mobilenetV2.js';
import { mobilenetV3s } from './networks/mobilenetV3.js';
import { didYouMean } from './didYouMean.js';
import { resnets } from './networks/resnet.js';
import { squeezenet } from './networks/squeezenet.js';
import { isPooling, pooledAs } from './pooledAs.js';
import { parseEndings, truncated } from './truncated.js';
import { vggs } from './networks/vgg.js';
import { further } from './networks/vit/further.js';
import { languageImage } from './networks/vit/languageImage.js';
import { selfSupervised } from './networks/vit/selfSupervised.js';
import { supervised } from './networks/vit/supervised.js';

const zoo: ReadonlyMap<string, Backbone> = new Map(
  [
    ...[...efficientnetLites, ...resnets, ...mobilenets, squeezenet, googlenet, inceptionV3, ...vggs],
    ...[...supervised, ...further, ...selfSupervised, ...languageImage],
    ...[...efficientnets, ...efficientnetV2s, ...mobilenetV3s, ...convnexts],
  ].map((backbone) => [backbone.name, backbone]),
);

/** Every backbone's name, the default family first. */
export function backboneNames(): string[] {
  return [...zoo.keys()];
}

/**
 * @param text a backbone's name, `name:pooling` for one whose features are pooled so, or `name:stage` for one that ends with
 * that stage
 * @throws GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, naming the nearest valid names; GW_SPEC_INVALID for one that is too short
 */
export function getBackbone(text: string): Backbone {
  const { name, endings } = parseEndings(text);
  const backbone = zoo.get(name);
  if (backbone) {
    return endings.reduce(
      (part, ending) => (isPooling(ending) ? pooledAs : truncated)(part, ending as never),
      backbone,
    );
  }
  throw new GraftworkError('GW_BACKBONE_UNKNOWN', `There is no backbone named '${name}'.`, {
    remedy: `${didYouMean(name, backboneNames())}${modelHint(name)}A checkpoint of the hub is written owner/name. \`graftwork weights list\` and docs/backbones.md list all networks.`,
  });
}

/** A registered model is a source as well, and is written otherwise. */
function modelHint(name: string): string {
  const written = /^[^@:]+@[^@:]+$/.test(name) ? `model:${name}` : 'model:name@version';
  return `A registered model is written ${written}. `;
}
