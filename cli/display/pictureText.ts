/** Where a picture was seen, what becomes of it, and what was forgotten before, for a person. */
import type { Tombstone } from '../../contracts/data/tombstone.js';
import { changedKinds } from '../../storage/forgetting/changes.js';
import type { ExposedModels } from '../../storage/forgetting/exposedModels.js';
import type { ForgetReport } from '../../storage/forgetting/forgetPictures.js';
import type { Sighting } from '../../storage/forgetting/sightings.js';
import type { FoundInDatasets } from '../../client/models/forget.js';
import { s3Uri } from '../../storage/s3/s3Uri.js';
import type { SourceName } from '../../storage/datasets/sourceNames.js';
import { counted, moment, short } from '../../client/text/format.js';
import { facts, items, table } from '../terminal/table.js';

/** Addresses that {@link foundText} and {@link forgottenText} show by their names. */
export function shownAddresses(sightings: readonly Sighting[]): { uri: string }[] {
  return sightings.map((sighting) => ({ uri: addressOf(sighting) }));
}

export function foundText({ digests, sightings, models }: FoundInDatasets, named: SourceName): string {
  return [digestsText(digests), sightingsText(sightings, named), modelsText(models)].join('\n\n');
}

export function forgottenText(report: ForgetReport, named: SourceName): string {
  const { dryRun, digests, sightings, models, retired } = report;
  return [
    digestsText(digests),
    sightingsText(sightings, named),
    modelsText(models),
    ...(retired.length === 0
      ? []
      : [
          `${dryRun ? 'After that, no run trains' : 'No run trains'} on ${retired.map(short).join(', ')} any more. The next ingest of the source makes another version.`,
        ]),
    changesText(report),
    ['Not removed:', ...items(limits(report))].join('\n'),
    dryRun ? 'Nothing was changed. Run it without --dry-run to forget the picture.' : 'Forgotten.',
  ].join('\n\n');
}

/** Where the picture, or what comes of it, may be all the same. */
function limits({ leftInSources, closedSources, manifests, models }: ForgetReport): [string, string][] {
  return [
    ...leftInSources.map((uri): [string, string] => [
      `${uri}:`,
      'the source itself; every ingest skips it (--delete-source deletes it)',
    ]),
    ...closedSources.map(({ uri, reason }): [string, string] => [
      `${uri}:`,
      `it may still contain the picture: ${reason}`,
    ]),
    ...manifests.map((uri): [string, string] => [`${uri}:`, 'it may name the picture: remove its line']),
    ...(models.learned.length === 0
      ? []
      : ([['the models that learned from it:', 'train them again']] satisfies [string, string][])),
    ['caches of workers on other machines:', 'delete their GRAFTWORK_HOME/cache, or wait until they need the space'],
    ['earlier versions of objects:', 'the bucket may keep them'],
    ['Temporal’s histories:', 'they may name it until they expire'],
  ];
}

function changesText({ dryRun, changes, localCopies }: ForgetReport): string {
  const rows = [
    ...changedKinds.map((kind) => [kind, changes[kind].deleted, changes[kind].rewritten] as const),
    ['copies on this machine', localCopies, 0] as const,
  ].filter(([, deleted, rewritten]) => deleted + rewritten > 0);
  if (rows.length === 0) return 'No object contains anything of it.';
  return table(dryRun ? ['kind', 'to delete', 'to rewrite'] : ['kind', 'deleted', 'rewritten'], rows);
}

function digestsText(digests: readonly string[]): string {
  return facts(digests.map((digest) => ['sha256', digest] as const));
}

function sightingsText(sightings: readonly Sighting[], named: SourceName): string {
  if (sightings.length === 0) return 'No dataset version contains it.';
  return table(
    ['version', 'split', 'class', 'picture'],
    sightings.map((sighting) => {
      const { version, split, class: name, image } = sighting;
      const place = named(addressOf(sighting));
      return [short(version), split, name, image === null ? `forgotten (was of ${place})` : place];
    }),
  );
}

/** Of the picture; of its source, once it has been forgotten. */
function addressOf({ uri, image }: Sighting): string {
  return image === null ? uri : s3Uri(image.bucket, image.key);
}

function modelsText({ learned, validated, tested }: ExposedModels): string {
  const plain = ({ name, version }: { name: string; version: number }): string => `${name}@${version}`;
  const met = facts([
    [
      'learned from it',
      learned.map((model) => plain(model) + (model.through === null ? '' : ` (through ${model.through})`)).join(', ') ||
        undefined,
    ],
    ['were validated on it', validated.map(plain).join(', ') || undefined],
    ['were tested on it', tested.map(plain).join(', ') || undefined],
  ]);
  return met === '' ? 'No model has met it.' : `Models that\n${met}`;
}

export function tombstonesText(tombstones: readonly Tombstone[]): string {
  if (tombstones.length === 0) return 'Nothing was forgotten.';
  const unfinished = tombstones.filter(({ completedAt }) => completedAt === null).length;
  const list = table(
    ['sha256', 'forgotten', 'by', 'why'],
    tombstones.map(({ sha256, at, by, reason, completedAt }) => [
      sha256,
      completedAt === null ? 'not finished' : moment(at),
      by,
      reason ?? '',
    ]),
  );
  if (unfinished === 0) return list;
  return `${list}\n\n${counted(unfinished, 'command')} stopped halfway: the next \`datasets forget\` finishes it.`;
}
