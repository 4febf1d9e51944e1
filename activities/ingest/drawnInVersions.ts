/** What the dataset versions of a source say about a draw, for when its ledger is damaged. */
import type { DatasetManifest } from '../../contracts/data/dataset.js';
import { labelText } from '../../contracts/data/labelSets.js';
import type { SplitLedger } from '../../contracts/data/splitLedger.js';
import { groupId, pictureId } from '../../learning/dataset/splits/draw.js';
import type { NamedDraw } from '../../learning/dataset/splits/splits.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { whyLost } from '../shared/lostObject.js';

/**
 * The newest version that has a picture decides. Pictures that are in no version any more are drawn anew should they come back.
 *
 * @returns undefined when no version of the source was drawn so, or none can be read
 */
export async function drawnInVersions(
  store: ObjectStore,
  uri: string,
  draw: NamedDraw,
): Promise<SplitLedger | undefined> {
  const datasets = new Datasets(store);
  const versions: { version: string; manifest: DatasetManifest }[] = [];
  for (const listed of await datasets.list(() => undefined)) {
    if (isDrawnSo(listed.manifest, draw) && (await isOf(datasets, listed, uri))) versions.push(listed);
  }
  const known = new Map<string, { className: string; isIn: boolean }>();
  const groups = new Map<string, boolean>();
  let present = 0;
  // The newest comes first.
  for (const { version, manifest } of versions) {
    const own = new Map<string, { className: string; isIn: boolean }>();
    const ownGroups = new Map<string, boolean>();
    try {
      for await (const { sha256, label, split, group } of datasets.eachImage(version)) {
        if (draw.into === 'validation' && split === 'test') continue;
        const isIn = split === draw.into;
        own.set(pictureId(sha256), { className: labelText(manifest, label), isIn });
        if (group !== undefined) ownGroups.set(groupId(group), isIn && ownGroups.get(groupId(group)) !== false);
      }
    } catch (thrown) {
      whyLost(thrown);
      continue;
    }
    if (known.size === 0) present = own.size;
    for (const [id, picture] of own) if (!known.has(id)) known.set(id, picture);
    for (const [id, isIn] of ownGroups) if (!groups.has(id)) groups.set(id, isIn);
  }
  if (known.size === 0) return undefined;
  const classes = new Map<string, { name: string; in: string; out: string }>();
  for (const [id, { className, isIn }] of known) {
    const entry = classes.get(className) ?? { name: className, in: '', out: '' };
    classes.set(className, entry);
    entry[isIn ? 'in' : 'out'] += id;
  }
  const ids = (wanted: boolean) => [...groups].flatMap(([id, isIn]) => (isIn === wanted ? [id] : [])).sort();
  const ofGroups = groups.size === 0 ? {} : { groups: { in: ids(true).join(''), out: ids(false).join('') } };
  return { format: 1, uri, present, classes: [...classes.values()], ...ofGroups };
}

/** Whether the version was made of the source, or met there. */
async function isOf(
  datasets: Datasets,
  { version, manifest }: { version: string; manifest: DatasetManifest },
  uri: string,
): Promise<boolean> {
  const source = withoutSlash(uri);
  if (withoutSlash(manifest.uri) === source) return true;
  return (await datasets.sightings(version)).some((sighting) => withoutSlash(sighting.uri) === source);
}

/** As the ledgers of sources go by. */
function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function isDrawnSo({ drawn, groups }: DatasetManifest, draw: NamedDraw): boolean {
  const { into, share, seed, testShare, groupBy } = draw;
  if (drawn?.seed !== seed || drawn[into]?.share !== share) return false;
  if ((groups === undefined ? undefined : (groups.by ?? null)) !== groupBy) return false;
  return into === 'test' || (drawn.test?.share ?? null) === testShare;
}
