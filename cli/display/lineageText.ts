/** A model's lineage for a person: a tree whose branches are what it was made of, each parent model with its own below. */
import { decisionsText } from '../../contracts/data/labelDecisions.js';
import { headlineOf } from '../../learning/metrics/headline.js';
import type { ModelLineage } from '../../storage/registry/lineage.js';
import { namedSightings } from '../../storage/datasets/namedSightings.js';
import type { SoughtSource, SourceName } from '../../storage/datasets/sourceNames.js';
import { bytes, count, counted, moment, percent, short } from '../../client/text/format.js';
import { tree, type Branch } from '../terminal/tree.js';

/** Other addresses of the data that are named. */
const mostAddresses = 3;

export function lineageText(lineage: ModelLineage, named: SourceName): string {
  return `${title(lineage)}\n${tree(branches(lineage, named))}`;
}

/** Addresses of the images of a model and of those it was made from, each with its run. */
export function sourcesOf({ run, dataset, source }: ModelLineage): SoughtSource[] {
  const own = [{ uri: dataset.uri, run }, ...dataset.sightings.map(({ uri }) => ({ uri }))];
  return [...own, ...(source.parent === null ? [] : sourcesOf(source.parent))];
}

function title({ name, version, test }: ModelLineage): string {
  const { name: figure, value, interval: bounds } = headlineOf(test);
  const [low, high] = bounds;
  const interval = `${percent(low)} to ${percent(high)}`;
  return `${name}@${version}  test ${figure} ${percent(value)} (${interval}, ${counted(test.count, 'image')})`;
}

function branches(lineage: ModelLineage, named: SourceName): Branch[] {
  const { run, createdAt, spec, stages, parameters, keys, versions } = lineage;
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    dataBranch(lineage, named),
    weightsBranch(lineage, named),
    {
      text: `recipe ${spec.recipe}, seed ${spec.seed}`,
      branches: stages.map(({ name, kept, reason }) => ({ text: `${name} ${kept ? 'kept' : 'dropped'}: ${reason}` })),
    },
    { text: `run ${run}, registered ${moment(createdAt)}${keys === null ? '' : `\nplan ${short(keys.plan)}`}` },
    { text: `parameters ${count(parameters.count)}, ${bytes(parameters.bytes)}, sha256 ${short(parameters.sha256)}` },
    ...(keys === null ? [] : [{ text: `evaluation ${short(keys.evaluation)}` }]),
    { text: `software ${software.join(', ')}` },
  ];
}

function dataBranch({ run, dataset }: ModelLineage, named: SourceName): Branch {
  const { uri, version, counts, classes, quarantined, createdAt, forgotten, sightings, decisions } = dataset;
  const own = named(uri, run);
  const state = createdAt === null ? 'the version no longer exists' : `made ${moment(createdAt)}`;
  const sizes = [
    ...(['train', 'validation', 'test'] as const).map((split) => `${count(counts[split])} ${split}`),
    counted(classes.length, 'class', 'classes'),
    ...(quarantined === 0 ? [] : [`${count(quarantined)} put aside`]),
    ...(forgotten === 0 ? [] : [`${count(forgotten)} forgotten since`]),
  ];
  return {
    text: `data ${own}`,
    branches: [
      { text: `version ${short(version)}, ${state}` },
      { text: sizes.join(', ') },
      ...(decisions === undefined ? [] : [{ text: decisionsText(decisions) }]),
      ...namedSightings(sightings, named)
        .filter(({ name }) => name !== own)
        .slice(0, mostAddresses)
        .map(({ name, lastAt }) => ({ text: `also at ${name}, last seen ${moment(lastAt)}` })),
    ],
  };
}

function weightsBranch({ source }: ModelLineage, named: SourceName): Branch {
  const { backbone, sha256, from, license, parent } = source;
  const weights = `sha256 ${short(sha256)}, ${license}`;
  return {
    text: `weights of ${backbone} from ${from}`,
    branches: [
      { text: weights },
      ...(parent === null ? [] : [{ text: title(parent), branches: branches(parent, named) }]),
    ],
  };
}
