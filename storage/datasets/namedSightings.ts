/** Where a dataset version was met, by the names that people gave these places. Pure. */
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import type { SourceName } from './sourceNames.js';

/** As much of a sighting as has a name. */
export type Met = Pick<DatasetSighting, 'uri' | 'from' | 'firstAt' | 'lastAt'>;

export interface NamedSighting {
  name: string;
  firstAt: string;
  lastAt: string;
}

/**
 * One for each name, the latest first. A sighting has the name that was given then; one of an earlier version has none, and goes
 * by the name of its address.
 */
export function namedSightings(sightings: readonly Met[], named: SourceName): NamedSighting[] {
  const found = new Map<string, NamedSighting>();
  for (const { uri, from, firstAt, lastAt } of sightings) {
    const name = from ?? named(uri);
    const same = found.get(name);
    found.set(name, {
      name,
      firstAt: same === undefined || firstAt < same.firstAt ? firstAt : same.firstAt,
      lastAt: same === undefined || lastAt > same.lastAt ? lastAt : same.lastAt,
    });
  }
  return [...found.values()].sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0));
}

/** What people called the address that a version was made of, the first of them first. */
export function namesAt(
  uri: string,
  sightings: readonly Met[],
  named: SourceName,
): [first: string, ...others: string[]] {
  const given = sightings.filter((sighting) => sighting.uri === uri && sighting.from !== undefined);
  const [first = named(uri), ...others] = namedSightings(given, named)
    .sort((a, b) => (a.firstAt < b.firstAt ? -1 : 1))
    .map(({ name }) => name);
  return [first, ...others];
}
