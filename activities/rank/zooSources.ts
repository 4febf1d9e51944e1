/** Networks of the zoo as sources: those whose weights are here, and those that are worth a download. */
import type { SkippedSource } from '../../contracts/models/ranking.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { backboneNames, getBackbone, workOfStages, type Backbone } from '../../learning/backbones/architecture.js';
import { worthFetching } from '../../learning/transferability/index.js';
import { weightsAtHand, type WeightsAtHand } from '../../learning/weights/index.js';
import { inputSettings } from '../plan/inputSettings.js';
import { sizeTrouble } from '../plan/requireSize.js';

export interface ZooSources {
  /** Those whose weights are on this machine. */
  found: ({ name: string } & WeightsAtHand)[];
  /** Those whose weights are to be fetched from the hub, the cheapest first. */
  offered: string[];
  skipped: SkippedSource[];
}

/** @param home Graftwork's home folder @param named sources that are looked at in any case */
export async function zooSources(
  home: string,
  { backbone: { online = false }, preprocess }: Pick<RunSpec, 'backbone' | 'preprocess'>,
  named: readonly string[],
): Promise<ZooSources> {
  const sources: ZooSources = { found: [], offered: [], skipped: [] };
  const here: Backbone[] = [];
  const away: Backbone[] = [];
  for (const backbone of backboneNames().map(getBackbone)) {
    const { name } = backbone;
    const atHand = await weightsAtHand(backbone, undefined, home);
    if (atHand !== undefined) sources.found.push({ name, ...atHand });
    if (atHand !== undefined || named.includes(name)) here.push(backbone);
    else if (online && isOnHub(backbone)) away.push(backbone);
    else sources.skipped.push({ source: name, ...notHere(backbone) });
  }
  if (away.length === 0) return sources;
  const fitting = [...here, ...away].flatMap((backbone) => {
    const { name, imagenetTop1, linearTransfer } = backbone;
    const { crop } = inputSettings(backbone.input, preprocess);
    const trouble = sizeTrouble(backbone, crop);
    const isHere = here.includes(backbone);
    if (trouble === undefined) {
      const work = workOfStages(backbone, crop).reduce((sum, stage) => sum + stage, 0);
      return [{ name, work, imagenetTop1, linearTransfer, isHere }];
    }
    if (!isHere) sources.skipped.push({ source: name, ...trouble });
    return [];
  });
  const { wanted, leftOut } = worthFetching(fitting);
  sources.offered.push(...wanted);
  for (const { name, reason } of leftOut) {
    sources.skipped.push({ source: name, reason, remedy: `\`--sources ${name}\` ranks it all the same.` });
  }
  return sources;
}

const isOnHub = ({ weights }: Backbone): boolean => weights?.startsWith('hf:') === true;

function notHere({ name, weights }: Backbone): Omit<SkippedSource, 'source'> {
  const file = `give a file: --sources ${name}=<path or address>`;
  if (weights === undefined) return { reason: 'nobody publishes its weights', remedy: `You can ${file}.` };
  return {
    reason: 'its weights are not on this machine',
    remedy: `\`--sources ${name}\` fetches them from ${weights}, and \`--online\` the best of the hub. Or ${file}.`,
  };
}
